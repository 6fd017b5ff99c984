using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using AlignService.Contracts.V1;
using AlignService.Server.Hosting;
using AlignService.Server.Tests.Fixtures;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AlignService.Server.Tests.Fuzzing;

/// <summary>
/// Mutated requests over every method, several at once: each is answered in time by a status that tells the caller what it did, and the server is afterwards as it was
/// before. ALIGN_FUZZ_REQUESTS sets how many (docs/reliability.md has the long run), ALIGN_FUZZ_SEED the first seed. It runs alone, because it measures the process's memory.
/// </summary>
[TestClass(DisableParallelization = true)]
public sealed class RequestFuzzTests(ITestOutputHelper output)
{
    private const int AtOnce = 4;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WatchDeadline = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PoolsKeep = TimeSpan.FromMinutes(2);

    private static readonly StatusCode[] Expected =
        [StatusCode.OK, StatusCode.InvalidArgument, StatusCode.NotFound, StatusCode.AlreadyExists, StatusCode.FailedPrecondition, StatusCode.ResourceExhausted, StatusCode.Aborted];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_request_breaks_the_server()
    {
        int count = Number("ALIGN_FUZZ_REQUESTS", 1500), seed = Number("ALIGN_FUZZ_SEED", 1);
        await using TestServer server = await TestServer.StartAsync(options => options with { MaxQueuedJobs = 40, MaxLoadedModels = 0, LogFormat = LogFormat.Text, LogLevel = LogLevel.Error }, Cancel);
        string[] jobs = [await server.CreateAsync(Cancel), await server.CreateAsync(Cancel), "jobs/none", "jobs/", "none", "\0"];
        var requests = new HostileRequests(SampleSpecs.Valid(server.Folder), random => jobs[random.Next(jobs.Length)]);
        await DataFiles.UploadAsync(server, "datasets/rows", "rows.jsonl", "{\"prompt\": \"2 + 2 =\", \"completion\": \" 4\"}\n", Cancel);
        var outcomes = new ConcurrentDictionary<(string, StatusCode), int>();
        var faults = new ConcurrentQueue<string>();
        long before = 0;

        await RunAsync(0, count / 4);
        before = SettledMemory();
        await RunAsync(count / 4, count);
        long bound = (long)(before * 1.2) + (16 << 20), after = await SettledMemoryAsync(bound);

        foreach (((string method, StatusCode code), int times) in outcomes.OrderBy(pair => pair.Key.ToString()))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{method} {code} {times}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} requests; live memory {before >> 20} MiB after a quarter, {after >> 20} MiB at the end"));
        Assert.True(faults.IsEmpty, string.Join('\n', faults.Take(20)));
        Assert.True(after < bound, $"{before} bytes live after a quarter of the requests, {after} at the end");
        await RequireConsistentAsync(server);
        Assert.Equal(jobs[0], (await server.Jobs.GetJobAsync(new GetJobRequest { Name = jobs[0] }, cancellationToken: Cancel)).Job.Name);

        Task RunAsync(int from, int to) => Parallel.ForAsync(from, to, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancel }, async (i, token) =>
        {
            (MethodDescriptor method, IReadOnlyList<byte[]> messages) = requests.Next(new Random(seed + i));
            long start = Stopwatch.GetTimestamp();
            TimeSpan patience = method.Name == "WatchJob" ? WatchDeadline : Deadline;
            Status status = await SendAsync(server, method, messages, patience);
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            outcomes.AddOrUpdate((method.Name, status.StatusCode), 1, (_, times) => times + 1);
            bool isExpected = Expected.Contains(status.StatusCode) || (method.Name == "WatchJob" && status.StatusCode == StatusCode.DeadlineExceeded);
            if (!isExpected || took > patience + Late)
            {
                faults.Enqueue($"seed {seed + i}: {method.Name} of {messages.Sum(message => message.Length)} bytes ended with {status} after {took.TotalSeconds:F1} s");
            }
        });
    }

    private static async Task<Status> SendAsync(TestServer server, MethodDescriptor method, IReadOnlyList<byte[]> messages, TimeSpan patience)
    {
        try
        {
            await RawCalls.SendAsync(server.Channel, method, messages, new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + patience, cancellationToken: Cancel));
            return Status.DefaultSuccess;
        }
        catch (RpcException exception)
        {
            return exception.Status;
        }
    }

    /// <summary>Whatever was uploaded, or was not: what is listed is whole, and nothing lies beside it but uploads that go on.</summary>
    private static async Task RequireConsistentAsync(TestServer server)
    {
        foreach (Dataset listed in (await server.Datasets.ListDatasetsAsync(new ListDatasetsRequest { PageSize = 500 }, cancellationToken: Cancel)).Datasets)
        {
            Dataset dataset = (await server.Datasets.GetDatasetAsync(new GetDatasetRequest { Name = listed.Name }, cancellationToken: Cancel)).Dataset;
            Assert.All(dataset.Files, file => Assert.Equal(file.Sha256, ModelFiles.Sha256(File.ReadAllBytes(Path.Combine(server.Folder.Path, listed.Name, file.Path)))));
        }

        foreach (string collection in (string[])["models", "datasets"])
        {
            Assert.DoesNotContain(
                Directory.GetFileSystemEntries(Path.Combine(server.Folder.Path, collection)).Select(entry => Path.GetFileName(entry)!),
                name => name.StartsWith('.') && !name.StartsWith(".upload.", StringComparison.Ordinal) && name != ".content");
        }
    }

    /// <summary>Pools of buffers, of the server and of the client in this process, give back what nobody has used for a minute.</summary>
    private static async Task<long> SettledMemoryAsync(long bound)
    {
        long start = Stopwatch.GetTimestamp();
        long live = SettledMemory();
        while (live >= bound && Stopwatch.GetElapsedTime(start) < PoolsKeep)
        {
#pragma warning disable RS0030 // the pools go by the clock, and say nothing
            await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
#pragma warning restore RS0030
            live = SettledMemory();
        }

        return live;
    }

    private static long SettledMemory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
