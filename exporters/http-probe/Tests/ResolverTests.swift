import ExporterSDK
import Glibc
import Synchronization
import Testing

@testable import HTTPProbe

/// Names whose servers are slow, or say one thing first and another later.
@Suite(.serialized)
struct ResolverTests {
    /// A resolver that hangs ends the probe at its deadline, and is in the way of no other as long as there are threads;
    /// addresses need none at all.
    @Test func aSlowOne() throws {
        let open = Mutex(false)
        let server = ScriptedServer(.answer())
        let probing = try Probing { settings in
            settings.look = { host in
                while host.hasPrefix("slow"), !open.withLock({ $0 }) { usleep(1000) }
                return .addresses([IPAddress("127.0.0.1")].compactMap { $0 })
            }
        }
        let late = try probing.probe("http://slow.test:\(server.port)/", seconds: 0.2)
        #expect(late.failure == .timeout && (late.hops.last?.phases.resolve ?? 0) > 0.1, "\(late.detail)")
        #expect(late["probe_ip_protocol"] == 0 && late["probe_http_status_code"] == 0)
        #expect(try probing.probe("http://fast.test:\(server.port)/").isSuccess)
        // The second of its two threads hangs, too.
        #expect(try probing.probe("http://slow2.test:\(server.port)/", seconds: 0.2).failure == .timeout)
        #expect(try probing.probe("http://fast.test:\(server.port)/", seconds: 0.2).failure == .timeout)
        #expect(try probing.probe(server.url).isSuccess)
        open.withLock { $0 = true }
        #expect(try probing.probe("http://fast.test:\(server.port)/").isSuccess)
    }

    /// A name that is good at first and leads inside at the second question.
    @Test func oneThatChangesItsMind() throws {
        let asked = Atomic(0)
        let server = ScriptedServer { heard in
            [heard.target == "/" ? .answer(302, ["Location: http://rebind.test:1/inside"]) : .answer()]
        }
        let probing = try Probing { settings in
            settings.policy.deniesPrivate = true
            settings.policy.allowedRanges = [AddressRange("127.0.0.1/32")].compactMap { $0 }
            settings.policy.allowedHosts = ["rebind.test"]
            settings.look = { _ in
                let isFirst = asked.add(1, ordering: .relaxed).newValue == 1
                return .addresses([IPAddress(isFirst ? "127.0.0.1" : "10.0.0.1")].compactMap { $0 })
            }
        }
        let result = try probing.probe("http://rebind.test:\(server.port)/")
        #expect(result.failure == .refusedTarget && result.redirects == 1, "\(result.detail)")
        #expect(server.heard.count == 1 && asked.load(ordering: .relaxed) == 2)
    }

    /// Of many addresses it is the first of the preferred kind that is connected to.
    @Test func manyAddresses() throws {
        let server = ScriptedServer(.answer())
        let probing = try Probing { settings in
            settings.look = { _ in
                let texts = (1...60).map { "2001:db8::\($0)" } + ["127.0.0.1", "127.0.0.2"]
                return .addresses(texts.compactMap { IPAddress($0) })
            }
        }
        let result = try probing.probe("http://many.test:\(server.port)/", "preferred_ip_protocol: ip4")
        #expect(result.isSuccess && result.hops.last?.address == IPAddress("127.0.0.1"), "\(result.detail)")
    }
}
