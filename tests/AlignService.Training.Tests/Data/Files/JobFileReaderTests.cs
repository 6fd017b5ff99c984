using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Data.Files;

/// <summary>Which files a job may name: regular ones below the roots, by whatever way they are reached; and none of them blocks or has no end.</summary>
public sealed partial class JobFileReaderTests : IDisposable
{
    private const string Secret = "s3cr3t";

    private readonly RunFolder _inside = new();
    private readonly RunFolder _outside = new();

    private FilePolicy Policy => new([_inside.Root], 1 << 20);

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/urandom")]
    [InlineData("/dev/null")]
    [InlineData("/dev/stdin")]
    [InlineData("/dev/tty")]
    [InlineData("/proc/self/environ")]
    [InlineData("/proc/self/mem")]
    [InlineData("/etc/passwd")]
    [InlineData("/etc")]
    [InlineData("/no/such/file.jsonl")]
    [InlineData("/etc/*")]
    [InlineData("/**/passwd")]
    [InlineData("/no/such/*.jsonl")]
    public void Read_FileElsewhere_IsRefusedWithoutTellingWhetherItExists(string path)
    {
        string message = Refusal(path, Policy);

        Assert.Contains($"is outside the directories that jobs may read ({_inside.Root})", message, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PathsThatLeadOut_AreRefused()
    {
        string secret = _outside.File("secret.jsonl", Secret);
        File.CreateSymbolicLink(Path.Combine(_inside.Root, "link.jsonl"), secret);
        Directory.CreateSymbolicLink(Path.Combine(_inside.Root, "folder"), _outside.Root);
        File.CreateSymbolicLink(Path.Combine(_inside.Root, "device.jsonl"), "/dev/zero");
        string[] paths =
        [
            Path.Combine(_inside.Root, "link.jsonl"), Path.Combine(_inside.Root, "folder", "secret.jsonl"), Path.Combine(_inside.Root, "..", Path.GetFileName(_outside.Root), "secret.jsonl"),
            Path.Combine(_inside.Root, "device.jsonl"), Path.Combine(_inside.Root, "folder"), Path.Combine(_inside.Root, "folder", "*.jsonl"), Path.Combine(_inside.Root, "l*.jsonl"),
            $"{_inside.Root}-sibling/a.jsonl",
        ];

        Assert.All(paths, path =>
        {
            string message = Refusal(path, Policy);
            Assert.Contains("is outside the directories that jobs may read", message, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Read_LinksThatStayInside_AreFollowed()
    {
        string file = _inside.File("blob", """{"a": 1}""");
        Directory.CreateDirectory(Path.Combine(_inside.Root, "snapshot"));
        File.CreateSymbolicLink(Path.Combine(_inside.Root, "snapshot", "train.jsonl"), "../blob");
        string linkedRoot = Path.Combine(_outside.Root, "root");
        Directory.CreateSymbolicLink(linkedRoot, _inside.Root);

        Assert.Single(Read(file, Policy));
        Assert.Single(Read(Path.Combine(_inside.Root, "snapshot", "train.jsonl"), Policy));
        Assert.Single(Read(Path.Combine(_inside.Root, "snapshot"), Policy));
        Assert.Single(Read(Path.Combine(linkedRoot, "blob"), new FilePolicy([linkedRoot], 1 << 20))); // a root may be a link
        Assert.Single(Read(file, new FilePolicy([linkedRoot], 1 << 20)));
        Assert.Single(Read(file, new FilePolicy([$"{_inside.Root}/"], 1 << 20)));
    }

    [Fact]
    public void Read_WhatIsNoFile_IsRefusedAtOnce()
    {
        string pipe = Path.Combine(_inside.Root, "pipe.jsonl");
        Assert.Equal(0, MakePipe(pipe, 0x1B6));
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string socketPath = Path.Combine(_inside.Root, "socket");
        socket.Bind(new UnixDomainSocketEndPoint(socketPath));
        long started = Stopwatch.GetTimestamp();

        Assert.Contains("is a named pipe; only regular files are read", Refusal(pipe, Policy), StringComparison.Ordinal);
        Assert.Contains("is a socket; only regular files are read", Refusal(socketPath, Policy), StringComparison.Ordinal);
        Assert.Contains("has no data files", Refusal(_outside.Root, FilePolicy.Anywhere), StringComparison.Ordinal);
        Assert.Contains("is a device; only regular files are read", Refusal("/dev/zero", FilePolicy.Anywhere), StringComparison.Ordinal);
        Assert.Contains("is a named pipe", Refusal(Path.Combine(_inside.Root, "p*"), Policy), StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20)); // a pipe that is opened waits for ever
    }

    [Theory]
    [InlineData("absent.jsonl", "does not exist; give the path")]
    [InlineData("a\0.jsonl", "the path holds a NUL character")]
    [InlineData("absent*.jsonl", "No file matches")]
    [InlineData("absent/*.jsonl", "there is no directory")]
    [InlineData("file.jsonl/x", "does not exist; give the path")]
    [InlineData("long/ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc", " [...] ")]
    public void Read_AbsentFileInside_SaysSo(string name, string expected)
    {
        _inside.File("file.jsonl", """{"a": 1}""");
        Directory.CreateDirectory(Path.Combine(_inside.Root, "long"));

        Assert.Contains(expected, Refusal($"{_inside.Root}/{name}", Policy), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FileBeyondTheLimit_IsRefusedBeforeItIsRead()
    {
        string file = _inside.File("sparse.jsonl", """{"a": 1}""");
        using (FileStream stream = File.OpenWrite(file))
        {
            stream.SetLength(1L << 40);
        }

        Assert.Contains("holds more than 1 MiB", Refusal(file, Policy), StringComparison.Ordinal);
        Assert.Contains("is longer than 64 MiB", Refusal(_inside.File("one-line.jsonl", new string('x', 65 << 20)), FilePolicy.Anywhere), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralFiles_CountTogether()
    {
        string line = $$"""{"a": "{{new string('x', 1000)}}"}""";
        string[] lines = [.. Enumerable.Repeat(line, 600)];
        _inside.File("1.jsonl", lines);
        Assert.Equal(600, Read(_inside.Root, Policy).Count);
        _inside.File("2.jsonl", lines);

        Assert.Contains("holds more than 1 MiB", Refusal(_inside.Root, Policy), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Cancelled_Ends()
    {
        string file = _inside.File("rows.jsonl", [.. Enumerable.Repeat("""{"a": 1}""", 1000)]);
        using var cancel = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() => DataFile.Read(
            new RowQuery(file, 0),
            Policy,
            (_, index) =>
            {
                if (index == 10)
                {
                    cancel.Cancel();
                }

                return index <= 10 ? index : throw new InvalidOperationException("it went on");
            },
            cancel.Token));
    }

    /// <summary>What was checked is what is opened: a file that takes its name in between is not.</summary>
    [Fact]
    public void OpenToRead_NameThatLeadsElsewhereNow_OpensTheFileThatWasChecked()
    {
        string file = _inside.File("rows.jsonl", "first");
        using FileIdentity identity = FileIdentity.Of(file);
        File.Delete(file);
        File.CreateSymbolicLink(file, _outside.File("secret.jsonl", Secret));

        using var stream = new FileStream(identity.OpenToRead(), FileAccess.Read);
        using var reader = new StreamReader(stream);

        Assert.Equal("first\n", reader.ReadToEnd());
    }

    public void Dispose()
    {
        _inside.Dispose();
        _outside.Dispose();
    }

    private static IReadOnlyList<DataRow> Read(string path, FilePolicy policy) => DataFile.Read(new RowQuery(path, 0), policy, (row, _) => row, TestContext.Current.CancellationToken);

    private static string Refusal(string path, FilePolicy policy) => Assert.Throws<DataException>(() => Read(path, policy)).Message;

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
