import Testing

@testable import NodeCollectors

struct MdadmTests {
    @Test func withoutTheDriverIsAbsent() throws {
        let samples = try samples(of: MdadmCollector.self, over: [:])
        #expect(samples == ["# absent: /proc/mdstat: No such file or directory"])
    }

    @Test func whatCannotBeReadIsLeftOut() throws {
        let files = [
            "proc/mdstat": "Personalities :\n",
            "sys/block/md0/md/level": "raid1\n", "sys/block/md0/md/raid_disks": "two\n",
            "sys/block/md0/md/degraded": "1\n",
            "sys/block/md1/md/level": "raid6\n", "sys/block/md1/md/raid_disks": "6 (5)\n",
            "sys/block/md2/md/level": "raid0\n",
            "sys/block/md3/size": "0\n",
        ]
        #expect(
            try samples(of: MdadmCollector.self, over: files) == [
                #"node_md_degraded{device="md0"} 1"#, #"node_md_degraded{device="md2"} 0"#,
                #"node_md_raid_disks{device="md1"} 6"#,
            ]
        )
    }
}
