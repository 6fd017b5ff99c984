using System.Security.Cryptography;
using System.Text;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using AlignService.Store.Resources;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AlignService.Store.Tests.Resources;

/// <summary>Uploads and what they become, on the disk: whatever breaks off, and wherever a process ends, what can be found is whole.</summary>
public sealed class ResourceStoreTests : IDisposable
{
    private const long Quota = 1 << 20;
    private static readonly ResourceFacts Facts = new("test", 1);
    private static readonly StoredName Name = new(StoredName.Models, "one");

    private readonly string _root = Directory.CreateTempSubdirectory("align-resources-").FullName;
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly List<ResourceStore> _stores = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(_root, "models");

    public void Dispose()
    {
        _stores.ForEach(store => store.Dispose());
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task An_upload_continues_in_another_process_and_is_found_when_it_is_whole()
    {
        Dictionary<string, string> files = new() { ["a.txt"] = "hello", ["deep/er/b.txt"] = new string('x', 100_000), ["empty"] = "" };
        ResourceStore first = Open();
        UploadName upload = await BeginAsync(first, Name, files);
        using (UploadWriter writer = await first.OpenAsync(upload))
        {
            writer.Write("deep/er/b.txt", 0, "xxx"u8);
            writer.Write("a.txt", 0, "hello"u8);
            Assert.Throws<UploadIncompleteException>(writer.RequireComplete);
        }

        Assert.Null(first.Find(Name));
        ResourceStore second = Open();
        Assert.Equal(upload, await BeginAsync(second, Name, files));
        using (UploadWriter writer = await second.OpenAsync(upload))
        {
            Assert.Equal([new("a.txt", 5), new("deep/er/b.txt", 3), new("empty", 0)], writer.Upload.Progress);
            writer.Write("deep/er/b.txt", 3, Encoding.UTF8.GetBytes(new string('x', 99_997)));
            StoredResource made = second.Publish(writer, Facts);
            Assert.Equal((Name, Facts, 100_005L), (made.Name, made.Facts, made.Files.Bytes));
        }

        StoredResource found = first.Get(Name);
        Assert.All(files, file => Assert.Equal(file.Value, File.ReadAllText(Path.Combine(found.Directory, file.Key))));
        Assert.Equal(["one"], Directory.GetFileSystemEntries(Folder).Select(Path.GetFileName));
        Assert.NotNull((await first.BeginAsync(Name, List(files), Quota, Cancel)).Existing);
        await Assert.ThrowsAsync<ResourceExistsException>(() => first.BeginAsync(Name, List(new() { ["other"] = "1" }), Quota, Cancel));
    }

    [Fact]
    public async Task Bytes_that_do_not_belong_there_are_refused_and_the_upload_goes_on()
    {
        ResourceStore store = Open();
        UploadName upload = await BeginAsync(store, Name, new() { ["a"] = "12345", ["b"] = "" });
        using UploadWriter writer = await store.OpenAsync(upload);
        Refused(() => writer.Write("a", 1, "2"u8), "chunk.offset");
        writer.Write("a", 0, "12"u8);
        writer.Write("a", 0, "12"u8); // passed over
        Refused(() => writer.Write("a", 3, "4"u8), "chunk.offset");
        Refused(() => writer.Write("a", -1, "4"u8), "chunk.offset");
        Refused(() => writer.Write("a", long.MaxValue, "4"u8), "chunk.offset");
        Refused(() => writer.Write("a", 2, "3456"u8), "chunk.data");
        Refused(() => writer.Write("a", 2, []), "chunk.data");
        Refused(() => writer.Write("c", 0, "1"u8), "chunk.path");
        Refused(() => writer.Write("../a", 0, "1"u8), "chunk.path");
        Refused(() => writer.Write("b", 0, "1"u8), "chunk.data");
        writer.Write("a", 1, "2345"u8); // the first is there
        writer.Write("a", 4, "x"u8);
        Refused(() => writer.Write("a", 4, "56"u8), "chunk.data");
        Refused(() => writer.Write("a", 6, "1"u8), "chunk.offset");
        store.Publish(writer, Facts);
        Assert.Equal("12345", File.ReadAllText(Path.Combine(Folder, "one", "a")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_with_another_checksum_begins_anew(bool atOnce)
    {
        ResourceStore store = Open();
        UploadName upload = await BeginAsync(store, Name, new() { ["a"] = "12345" });
        if (!atOnce)
        {
            using UploadWriter before = await store.OpenAsync(upload);
            before.Write("a", 0, "1"u8);
        }

        using UploadWriter writer = await store.OpenAsync(upload);
        Refused(() => writer.Write("a", atOnce ? 0 : 1, atOnce ? "1234x"u8 : "234x"u8), "chunk.data");
        Assert.Equal(0, Assert.Single(writer.Upload.Progress).Received);
        writer.Write("a", 0, "12345"u8);
        store.Publish(writer, Facts);
    }

    [Theory]
    [InlineData("published")]
    [InlineData("discarded")]
    public async Task One_that_begins_while_another_ends_finds_what_that_one_left(string end)
    {
        ResourceStore store = Open();
        Dictionary<string, string> files = new() { ["a"] = "12345" };
        UploadName upload = await BeginAsync(store, Name, files);
        UploadWriter writer = await store.OpenAsync(upload);
        writer.Write("a", 0, "12345"u8);

        Task<(Upload? Upload, StoredResource? Existing)> begins = store.BeginAsync(Name, List(files), Quota, Cancel);
        Assert.True(writer.TakenOver.IsCancellationRequested);
        if (end == "published")
        {
            store.Publish(writer, Facts);
        }
        else
        {
            store.Discard(writer);
        }

        writer.Dispose();
        (Upload? begun, StoredResource? existing) = await begins;
        Assert.Equal((end == "discarded", end == "published"), (begun is not null, existing is not null));
    }

    /// <summary>The states that a process can leave when it ends between two steps.</summary>
    [Fact]
    public async Task Wherever_a_process_ended_the_next_one_continues()
    {
        ResourceStore store = Open();
        Dictionary<string, string> files = new() { ["a"] = "12345" };
        UploadName upload = await BeginAsync(store, Name, files);
        string hidden = Path.Combine(Folder, $".upload.one.{upload.Digest}");

        // All bytes were written, and nothing was compared yet.
        File.WriteAllText(Path.Combine(hidden, ".parts", "0"), "12345");
        using (UploadWriter writer = await store.OpenAsync(upload))
        {
            Assert.Equal(5, Assert.Single(writer.Upload.Progress).Received);
            writer.RequireComplete();
        }

        // Ready to be published, only the rename is missing.
        Directory.Delete(Path.Combine(hidden, ".parts"), recursive: true);
        Assert.Equal(upload, await BeginAsync(store, Name, files));
        using (UploadWriter writer = await store.OpenAsync(upload))
        {
            store.Publish(writer, Facts);
        }

        // Being deleted, and being begun.
        Directory.Move(Path.Combine(Folder, "one"), Path.Combine(Folder, ".removed.x"));
        Directory.CreateDirectory(Path.Combine(Folder, ".new.x"));
        Directory.CreateDirectory(Path.Combine(Folder, ".upload.one"));
        _time.Advance(TimeSpan.FromHours(2));
        Open().Sweep(TimeSpan.FromHours(1));
        Assert.Equal([".upload.one"], Directory.GetFileSystemEntries(Folder).Select(Path.GetFileName)); // what this program never makes stays
    }

    [Fact]
    public async Task What_nobody_continues_is_swept_after_its_time_and_not_before()
    {
        ResourceStore store = Open();
        UploadName old = await BeginAsync(store, Name, new() { ["a"] = "12345" });
        UploadName held = await BeginAsync(store, Name, new() { ["a"] = "other" });
        using UploadWriter writer = await store.OpenAsync(held);
        _time.Advance(TimeSpan.FromMinutes(59));
        store.Sweep(TimeSpan.FromHours(1));
        Assert.NotNull(await BeginAsync(store, Name, new() { ["a"] = "12345" })); // touches it

        _time.Advance(TimeSpan.FromMinutes(59));
        store.Sweep(TimeSpan.FromHours(1));
        using (await store.OpenAsync(old))
        {
        }

        _time.Advance(TimeSpan.FromMinutes(2));
        store.Sweep(TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<UploadNotFoundException>(() => store.OpenAsync(old));
        writer.Write("a", 0, "other"u8);
        store.Publish(writer, Facts);
    }

    [Fact]
    public async Task The_newest_writer_wins_and_another_process_does_not()
    {
        ResourceStore store = Open(), other = Open();
        UploadName upload = await BeginAsync(store, Name, new() { ["a"] = "12345" });
        UploadWriter first = await store.OpenAsync(upload);
        first.Write("a", 0, "12"u8);
        await Assert.ThrowsAsync<UploadTakenOverException>(() => other.OpenAsync(upload));

        Task<UploadWriter> second = store.OpenAsync(upload), third = store.OpenAsync(upload);
        Assert.True(first.TakenOver.IsCancellationRequested);
        Assert.False(second.IsCompleted || third.IsCompleted);
        first.Dispose();
        await Assert.ThrowsAsync<UploadTakenOverException>(() => second);
        using UploadWriter last = await third;
        last.Write("a", 2, "345"u8);
        store.Publish(last, Facts);
    }

    [Fact]
    public async Task Of_two_uploads_of_one_name_the_first_that_ends_is_it()
    {
        ResourceStore store = Open();
        UploadName one = await BeginAsync(store, Name, new() { ["a"] = "1" }), two = await BeginAsync(store, Name, new() { ["a"] = "2" });
        using UploadWriter first = await store.OpenAsync(one), second = await store.OpenAsync(two);
        first.Write("a", 0, "1"u8);
        second.Write("a", 0, "2"u8);
        store.Publish(second, Facts);
        Assert.Throws<ResourceExistsException>(() => store.Publish(first, Facts));
        Assert.Equal("2", File.ReadAllText(Path.Combine(Folder, "one", "a")));
        Assert.Equal(["one"], Directory.GetFileSystemEntries(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_full_disk_is_told_and_the_upload_continues_when_there_is_room()
    {
        ResourceStore store = Open();
        UploadName upload = await BeginAsync(store, Name, new() { ["a"] = "12345" });
        string part = Path.Combine(Folder, $".upload.one.{upload.Digest}", ".parts", "0");
        File.CreateSymbolicLink(part, "/dev/full");
        using (UploadWriter writer = await store.OpenAsync(upload))
        {
            Assert.NotNull(StorageFault.Of(Assert.ThrowsAny<IOException>(() => writer.Write("a", 0, "12345"u8))));
        }

        File.Delete(part);
        using UploadWriter again = await store.OpenAsync(upload);
        again.Write("a", 0, "12345"u8);
        store.Publish(again, Facts);
    }

    [Fact]
    public async Task The_quota_counts_what_is_there_and_what_was_begun()
    {
        ResourceStore store = Open();
        await PublishAsync(store, Name, new() { ["a"] = new string('1', 60) });
        StoredName two = new(StoredName.Models, "two");
        ResourceQuotaException full = await Assert.ThrowsAsync<ResourceQuotaException>(() => store.BeginAsync(two, List(new() { ["a"] = new string('2', 41) }), 100, Cancel));
        Assert.Contains("has 41 bytes, and models use 60 of 100", full.Message, StringComparison.Ordinal);
        await store.BeginAsync(two, List(new() { ["a"] = new string('2', 40) }), 100, Cancel);
        await Assert.ThrowsAsync<ResourceQuotaException>(() => store.BeginAsync(new(StoredName.Models, "three"), List(new() { ["a"] = "3" }), 100, Cancel));
        store.Remove(Name);
        await store.BeginAsync(new(StoredName.Models, "three"), List(new() { ["a"] = new string('3', 60) }), 100, Cancel);
        await Assert.ThrowsAsync<ResourceQuotaException>(() => store.BeginAsync(new(StoredName.Models, "huge"), Check([new("a", 1L << 44, new string('0', 64))]), long.MaxValue, Cancel)); // no such disk
    }

    [Fact]
    public async Task Begun_uploads_are_bounded()
    {
        ResourceStore store = Open();
        for (int i = 0; i < 100; i++)
        {
            await BeginAsync(store, Name, new() { ["a"] = $"{i}" });
        }

        await Assert.ThrowsAsync<ResourceQuotaException>(() => BeginAsync(store, Name, new() { ["a"] = "one more" }));
        await BeginAsync(store, Name, new() { ["a"] = "7" });
    }

    [Fact]
    public async Task The_same_file_of_two_datasets_is_stored_once_and_goes_with_the_last()
    {
        ResourceStore store = Open(StoredName.Datasets);
        string folder = Path.Combine(_root, "datasets"), text = new('d', 70);
        StoredName one = new(StoredName.Datasets, "one"), two = new(StoredName.Datasets, "two"), three = new(StoredName.Datasets, "three");
        await PublishAsync(store, one, new() { ["train.jsonl"] = text });

        // Known by its checksum: nothing is to be sent, and it does not count against the quota.
        (Upload? upload, _) = await store.BeginAsync(two, List(new() { ["other.jsonl"] = text, ["more.jsonl"] = "m" }), 71, Cancel);
        Assert.Equal([new("more.jsonl", 0), new("other.jsonl", 70)], upload!.Progress);
        using (UploadWriter writer = await store.OpenAsync(upload.Name))
        {
            writer.Write("more.jsonl", 0, "m"u8);
            store.Publish(writer, Facts);
        }

        // Sent although it is known: both of one name began before either ended.
        UploadName late = await BeginAsync(store, three, new() { ["x.jsonl"] = "late" });
        UploadName early = await BeginAsync(store, new(StoredName.Datasets, "four"), new() { ["y.jsonl"] = "late" });
        await FinishAsync(store, early, "y.jsonl", "late");
        await FinishAsync(store, late, "x.jsonl", "late");

        Assert.Equal(3, Directory.GetFiles(Path.Combine(folder, ".content")).Length);
        File.AppendAllText(Path.Combine(folder, "one", "train.jsonl"), "!");
        File.AppendAllText(Path.Combine(folder, "three", "x.jsonl"), "!");
        Assert.Equal(text + "!", File.ReadAllText(Path.Combine(folder, "two", "other.jsonl")));
        Assert.Equal("late!", File.ReadAllText(Path.Combine(folder, "four", "y.jsonl")));

        store.Remove(one);
        Assert.Equal(3, Directory.GetFiles(Path.Combine(folder, ".content")).Length);
        store.Remove(two);
        Assert.Equal([Sha("late")], Directory.GetFiles(Path.Combine(folder, ".content")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData(".align.json")]
    [InlineData("a/.hidden")]
    [InlineData("a/")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("größe.json")]
    [InlineData("-rf")]
    [InlineData("a b")]
    public void A_path_that_leads_elsewhere_is_refused(string path) =>
        Assert.Equal("files[0].path", Assert.Single(Assert.Throws<InvalidRequestException>(() => Check([new(path, 1, new string('0', 64))])).Violations).Field);

    [Fact]
    public void Everything_wrong_in_a_declaration_is_told()
    {
        string sha = new('0', 64);
        InvalidRequestException refused = Assert.Throws<InvalidRequestException>(() => Check(
            [new("a", -1, sha), new("a", 1, sha), new("b", long.MaxValue, sha), new("c", 1, "xyz"), new("d", 1, new string('A', 64)), new("e", 0, sha), new(new string('p', 400), 1, sha)]));
        Assert.Equal(
            ["files[0].size_bytes", "files[1].path", "files[2].size_bytes", "files[3].sha256", "files[4].sha256", "files[5].sha256", "files[6].path"],
            refused.Violations.Select(violation => violation.Field));
        Assert.Throws<InvalidRequestException>(() => Check([]));
        Assert.Throws<InvalidRequestException>(() => Check([.. Enumerable.Range(0, 2001).Select(i => new StoredFile($"f{i}", 1, sha))]));
        Assert.Contains("lies below", Assert.Throws<InvalidRequestException>(() => Check([new("a/b/c", 1, sha), new("a/b", 1, sha)])).Message, StringComparison.Ordinal);
    }

    private static void Refused(Action write, string field) => Assert.Equal(field, Assert.Single(Assert.Throws<InvalidRequestException>(write).Violations).Field);

    private static string Sha(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static FileList List(Dictionary<string, string> files) => Check([.. files.Select(file => new StoredFile(file.Key, file.Value.Length, Sha(file.Value)))]);

    private static FileList Check(params StoredFile[] files) => FileList.Read(files, "files");

    private static async Task<UploadName> BeginAsync(ResourceStore store, StoredName name, Dictionary<string, string> files) =>
        (await store.BeginAsync(name, List(files), Quota, Cancel)).Upload!.Name;

    private static async Task PublishAsync(ResourceStore store, StoredName name, Dictionary<string, string> files) =>
        await FinishAsync(store, await BeginAsync(store, name, files), files.Single().Key, files.Single().Value);

    private static async Task FinishAsync(ResourceStore store, UploadName upload, string path, string text)
    {
        using UploadWriter writer = await store.OpenAsync(upload);
        writer.Write(path, 0, Encoding.UTF8.GetBytes(text));
        store.Publish(writer, Facts);
    }

    private ResourceStore Open(string collection = StoredName.Models)
    {
        ResourceStore store = new(new DataRoot(_root), collection, _time);
        _stores.Add(store);
        return store;
    }
}
