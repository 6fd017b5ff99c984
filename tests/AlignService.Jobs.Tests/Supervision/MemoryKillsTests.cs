using AlignService.Jobs.Supervision;
using Xunit;

namespace AlignService.Jobs.Tests.Supervision;

/// <summary>What the system records of processes that it killed for memory, as its files say it.</summary>
public sealed class MemoryKillsTests : IDisposable
{
    private const int ProcessId = 77;

    private readonly string _root = Directory.CreateTempSubdirectory("align-kills-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("0::/jobs/one", "sys/fs/cgroup/jobs/one/memory.events", "low 0\nhigh 3\nmax 9\noom 2\noom_kill {0}\n", "control group /jobs/one")]
    [InlineData("0::/", "sys/fs/cgroup/memory.events", "oom 2\noom_kill {0}\noom_group_kill 0\n", "control group")]
    [InlineData("0::/not/mounted/here", "sys/fs/cgroup/memory.events", "oom_kill {0}\n", "the control group")]
    [InlineData("9:name=systemd:/\n4:memory:/docker/abc\n0::/", "sys/fs/cgroup/memory/docker/abc/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill {0}\n", "control group /docker/abc")]
    [InlineData("5:cpu,memory:/x", "sys/fs/cgroup/memory/memory.oom_control", "oom_kill {0}\n", "the control group")]
    [InlineData("0::/x", "proc/vmstat", "nr_free_pages 5\noom_kill {0}\npgfault 7\n", "the kernel")]
    public void Evidence_CountRose_SaysWhose(string groups, string file, string text, string expected)
    {
        Write($"proc/{ProcessId}/cgroup", groups);
        Write(file, string.Format(System.Globalization.CultureInfo.InvariantCulture, text, 3));
        MemoryKills kills = MemoryKills.Before(ProcessId, _root);
        Assert.Null(kills.Evidence());

        Write(file, string.Format(System.Globalization.CultureInfo.InvariantCulture, text, 4));

        string evidence = Assert.IsType<string>(kills.Evidence());
        Assert.Contains(expected, evidence, StringComparison.Ordinal);
        Assert.Contains("counts 1 more kills", evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("oom_kill\n")]
    [InlineData("oom_kill minus\n")]
    [InlineData("oom_kill_disable 1\n")]
    public void Evidence_NothingReadable_IsNone(string text)
    {
        Write("proc/vmstat", text);
        MemoryKills kills = MemoryKills.Before(ProcessId, _root);
        Write("proc/vmstat", "oom_kill 9\n");
        Assert.Null(kills.Evidence());
    }

    [Fact]
    public void Evidence_GroupGoneMeanwhile_IsNone()
    {
        Write($"proc/{ProcessId}/cgroup", "0::/x");
        Write("sys/fs/cgroup/x/memory.events", "oom_kill 0\n");
        MemoryKills kills = MemoryKills.Before(ProcessId, _root);
        Directory.Delete(Path.Combine(_root, "sys"), recursive: true);
        Assert.Null(kills.Evidence());
    }

    [Theory]
    [InlineData(137, "kernel", new string[0], true, "was killed by the system because memory ran out (signal 9; kernel)")]
    [InlineData(137, null, new string[0], false, "was killed (signal 9, possibly because the system ran out of memory)")]
    [InlineData(134, null, new[] { "terminate called after throwing an instance of 'std::bad_alloc'" }, true, "was terminated by signal 6")]
    [InlineData(134, null, new[] { "Out of memory." }, true, "was terminated by signal 6")]
    [InlineData(134, null, new[] { "Fatal error. Internal CLR error." }, false, "was terminated by signal 6")]
    [InlineData(139, null, new string[0], false, "was terminated by signal 11")]
    [InlineData(1, null, new[] { "System.OutOfMemoryException: Exception of type" }, true, "exited with code 1")]
    public void Exit_OfMemory_IsTold(int code, string? record, string[] lines, bool ranOut, string expected)
    {
        var exit = new WorkerExit(code, lines) { MemoryRecord = record };
        Assert.Equal(ranOut, exit.RanOutOfMemory);
        Assert.StartsWith(expected, exit.Describe(), StringComparison.Ordinal);
    }

    private void Write(string path, string text)
    {
        string full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
