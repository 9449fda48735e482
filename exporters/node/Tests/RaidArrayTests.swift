import ExporterSDK
import Testing

@testable import NodeCollectors

struct RaidArrayTests {
    private func array(_ text: String) throws -> RaidArray { try #require(RaidArray.parse(Bytes(text)).first) }

    @Test(
        arguments: [
            ("md0 : active raid1 sda[0] sdb[1]\n 10 blocks [2/2] [UU]\n", RaidArray.State.active, 10, 10),
            (
                "md0 : active raid1 a[0]\n 10 blocks [2/1] [U_]\n [=>..]  recovery =  8.5% (3/10) finish=1min\n",
                .recovering, 10, 3
            ),
            (
                "md0 : active raid1 a[0]\n 10 blocks [2/1] [U_]\n [==>.]  resync = 100.0% (9/10) finish=1min\n",
                .resync, 10, 9
            ),
            (
                "md0 : active raid1 a[0]\n 10 blocks [2/2] [UU]\n [==>.]  check =99.9% (9/10) finish=1min\n", .check,
                10, 9
            ),
            ("md0 : active raid1 a[0]\n 10 blocks [2/2] [UU]\n \tresync=DELAYED\n", .resync, 10, 0),
            ("md0 : active raid1 a[0]\n 10 blocks [2/2] [UU]\n \tresync=PENDING\n bitmap: 0/1 pages\n", .resync, 10, 0),
            // Another node of the cluster is at it, and how far it has come is not said.
            ("md0 : active raid1 a[0]\n 10 blocks [2/2] [UU]\n \tresync=REMOTE\n", .resync, 10, nil),
            ("md0 : active raid1 a[0]\n 10 blocks [2/2] [UU]\n [=>] recovery = 8.5% (x/10)\n", .recovering, 10, nil),
            // A reshaped array serves and is in sync.
            ("md0 : active raid5 a[0]\n 10 blocks [2/2] [UU]\n [=>] reshape = 8.5% (4/10)\n", .active, 10, 10),
            ("md0 : inactive a[0](S)\n 10 blocks super 1.2\n", .inactive, 10, 10),
            ("md0 : inactive\n", .inactive, nil, nil),
            ("md0 : active raid1 a[0]\n 99999999999999999999 blocks [2/2] [UU]\n", .active, nil, nil),
        ] as [(String, RaidArray.State, UInt64?, UInt64?)]
    )
    func readsStateAndProgress(text: String, state: RaidArray.State, blocks: UInt64?, synced: UInt64?) throws {
        let array = try array(text)
        #expect(array.state == state)
        #expect(array.blocks == blocks)
        #expect(array.syncedBlocks == synced)
    }

    @Test(
        arguments: [
            ("md0 : active raid5 a[0] b[1](F) c[2](S) d[3](W)(F)\n 1 blocks [3/2] [UU_]\n", 2, 3, 2, 1),
            ("md0 : active (read-only) raid0 a[0] b[1]\n 1 blocks 64k chunks\n", 2, 2, 0, 0),
            ("md0 : active linear a[0]\n 1 blocks\n", 1, 1, 0, 0),
            ("md0 : inactive raid1 a[0](F) b[1](S)\n 1 blocks [2/2] [UU]\n", 0, 0, 1, 1),
            // Nothing says how many disks it needs.
            ("md0 : active raid1 a[0]\n 1 blocks super 1.2\n", nil, nil, 0, 0),
            ("md0 : active raid1 a[0]\n 1 blocks [x/2] [/] [2/] [18446744073709551616/1] [UU]\n", nil, nil, 0, 0),
        ] as [(String, UInt64?, UInt64?, Int, Int)]
    )
    func countsDisks(text: String, active: UInt64?, required: UInt64?, failed: Int, spare: Int) throws {
        let array = try array(text)
        #expect(array.activeDisks == active)
        #expect(array.requiredDisks == required)
        #expect(array.failedDisks == failed)
        #expect(array.spareDisks == spare)
    }

    @Test func anOddArrayDoesNotCostTheOthers() throws {
        let text = """
            Personalities : [raid1]
            md0 : broken raid1
                  what is this
            md1
            md2 : active raid1 sda[0] sdb[1]
                  10 blocks [2/2] [UU]
            unused devices: <none>
            """
        #expect(try RaidArray.parse(Bytes(text)).map(\.name.text) == ["md2"])
    }

    @Test(arguments: ["Personalities :\nunused devices: <none>\n", "Personalities : "])
    func aHostWithoutArrays(text: String) throws { #expect(try RaidArray.parse(Bytes(text)).isEmpty) }

    @Test(arguments: ["", "\n\n", "md0 : \n", "nonsense", "  indented only\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try RaidArray.parse(Bytes(text)) }
    }
}
