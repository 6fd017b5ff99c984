using AlignService.Contracts.V1;
using AlignService.Testing;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Xunit;

namespace AlignService.Client.Tests;

/// <summary>The client against a real server, over lines that break.</summary>
public sealed class ClientTests
{
    private static readonly string Policy = Path.Combine(Repository.Root, "src", "AlignService.Cli", "Demo", "assets", "policy");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static LocalFile[] PolicyFiles => [.. Directory.GetFiles(Policy).Order(StringComparer.Ordinal).Select(path => new LocalFile(Path.GetFileName(path), path))];

    [Fact]
    public async Task Transfers_go_on_where_a_line_breaks()
    {
        await using RunningServer server = await RunningServer.StartAsync(Cancel);
        long size = PolicyFiles.Sum(file => file.Bytes);
        List<ConnectionLost> lost = [];

        // Declaring the files takes a few kilobytes; each line then carries a third of them.
        await using (BreakingLine line = new(server.Address, size / 3, size / 3))
        {
            using AlignClient client = server.Connect(line.Address, lost.Add);
            (StoredModel model, bool wasThere) = await client.Models.PushAsync("models/policy", PolicyFiles, cancellationToken: Cancel);
            Assert.Equal(("models/policy", false), (model.Name, wasThere));
            Assert.Equal((3, 2), (line.Connections, lost.Count));
            Assert.True((await client.Models.PushAsync("models/policy", PolicyFiles, cancellationToken: Cancel)).WasThere);
        }

        string target = Path.Combine(server.Folder, "pulled");
        TransferLog log = new();
        await using (BreakingLine line = new(server.Address, size / 3, size / 3))
        {
            using AlignClient client = server.Connect(line.Address);
            Assert.Equal("models/policy", (await client.Models.PullAsync("models/policy", target, log, Cancel)).Name);
            Assert.Equal(3, line.Connections);
            await Assert.ThrowsAsync<IOException>(() => client.Models.PullAsync("models/policy", target, cancellationToken: Cancel));
        }

        Assert.All(PolicyFiles, file => Assert.Equal(File.ReadAllBytes(file.FullPath), File.ReadAllBytes(Path.Combine(target, file.Path))));
        Assert.Equal(new TransferProgress(TransferPhase.Download, size, size), log.All[^1]);
        Assert.InRange(log.All.Count(at => at.DoneBytes == 0), 1, 2); // an attempt began where the one before had ended
    }

    /// <summary>Between the call that begins an upload and the stream that sends it.</summary>
    [Fact]
    public async Task A_transfer_goes_on_after_a_connection_that_was_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync(Cancel);
        await using BreakingLine line = new(server.Address);
        using AlignClient client = server.Connect(line.Address, _ => line.Mend());

        (StoredModel model, _) = await client.Models.PushAsync("models/policy", PolicyFiles, new CutAtFirst(TransferPhase.Upload, line), Cancel);

        Assert.Equal("models/policy", model.Name);
        Assert.InRange(line.Connections, 2, 3);
    }

    [Fact]
    public async Task A_watch_brings_each_event_once_over_lines_that_break()
    {
        await using RunningServer server = await RunningServer.StartAsync(Cancel);
        using AlignClient direct = server.Connect();
        Job job = await direct.Jobs.SubmitAsync(RunningServer.Spec, cancellationToken: Cancel);
        for (int i = 0; i < 20; i++)
        {
            await direct.Jobs.PauseAsync(job.Name, Cancel);
            await direct.Jobs.ResumeAsync(job.Name, Cancel);
        }

        await using BreakingLine line = new(server.Address, 2500, 3000, 3500, 4000);
        int lost = 0;
        using AlignClient client = server.Connect(line.Address, _ => lost++, attempts: 1);

        List<JobEvent> seen = [];
        await foreach (JobEvent happened in client.Jobs.WatchAsync(job.Name, cancellationToken: Cancel))
        {
            seen.Add(happened);
            if (seen.Count == 1)
            {
                await direct.Jobs.CancelAsync(job.Name, Cancel);
            }
        }

        Assert.Equal(await direct.Jobs.ReplayAsync(job.Name, Cancel).ToListAsync(Cancel), seen);
        Assert.Equal(JobState.Cancelled, seen[^1].StateChanged.To);
        Assert.Equal(JobState.Cancelled, (await client.Jobs.WaitAsync(job.Name, Cancel)).State);
        Assert.InRange(lost, 1, 4);
    }

    [Fact]
    public async Task A_submit_is_repeated_until_a_server_answers_and_makes_one_job()
    {
        await using RunningServer server = await RunningServer.StartAsync(Cancel);
        await using BreakingLine line = new(server.Address, 0, 0);
        using AlignClient client = server.Connect(line.Address);

        Job job = await client.Jobs.SubmitAsync(RunningServer.Spec, cancellationToken: Cancel);

        Assert.Equal([job.Name], await client.Jobs.ListAsync(new ListJobsRequest(), cancellationToken: Cancel).Select(one => one.Name).ToListAsync(Cancel));
        Assert.InRange(line.Connections, 3, 5);
        Assert.Equal((await client.Jobs.SubmitAsync(RunningServer.Spec, "the same", Cancel)).Name, (await client.Jobs.SubmitAsync(RunningServer.Spec, "the same", Cancel)).Name);
    }

    [Fact]
    public async Task Patience_with_a_server_that_has_gone_ends()
    {
        await using RunningServer server = await RunningServer.StartAsync(Cancel);
        int lost = 0;
        using AlignClient client = server.Connect(lost: _ => lost++, attempts: 1);
        Job job = await client.Jobs.SubmitAsync(RunningServer.Spec, cancellationToken: Cancel);
        await client.Jobs.PauseAsync(job.Name, Cancel);

        AlignCallException gone = await Assert.ThrowsAsync<AlignCallException>(async () =>
        {
            await foreach (JobEvent _ in client.Jobs.WatchAsync(job.Name, cancellationToken: Cancel))
            {
                await server.StopAsync();
            }
        });

        Assert.True(gone.IsUnreachable);
        Assert.Contains($"No server answers at {client.Address}", gone.Message, StringComparison.Ordinal);
        Assert.InRange(lost, 10, 40); // two minutes in pauses of half a second to five
    }

    [Fact]
    public async Task What_is_wrong_is_told_with_its_fields()
    {
        await using RunningServer server = await RunningServer.StartAsync(Cancel);
        using AlignClient client = server.Connect();
        JobSpec spec = RunningServer.Spec;
        spec.Supervised.Training.Steps = -1;
        spec.Supervised.Model = "none";

        AlignCallException refused = await Assert.ThrowsAsync<AlignCallException>(() => client.Jobs.SubmitAsync(spec, cancellationToken: Cancel));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.False(refused.IsUnreachable);
        Assert.Equal(["spec.supervised.model", "spec.supervised.training.steps"], refused.Violations.Select(violation => violation.Field).Order(StringComparer.Ordinal));
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<AlignCallException>(() => client.Jobs.GetAsync("jobs/none", cancellationToken: Cancel))).StatusCode);
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.Jobs.GetAsync("jobs/none", cancellationToken: cancelled.Token));
    }

    [Fact]
    public void Certificates_that_cannot_be_read_are_named()
    {
        string file = Path.Combine(Repository.Root, "README.md");

        ClientCertificateException refused = Assert.Throws<ClientCertificateException>(() => new AlignClient(new AlignClientOptions { Address = new Uri("https://localhost:1"), CertificateFile = file }));

        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", new AlignClientOptions { Address = new Uri("https://localhost:1"), ApiKey = "secret" }.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A new method is decided upon here: repeated by the client, or not.</summary>
    [Fact]
    public void Only_calls_that_change_nothing_twice_are_repeated()
    {
        IEnumerable<FileDescriptor> withServices = typeof(JobServiceReflection).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(JobServiceReflection).Namespace && type.Name.EndsWith("Reflection", StringComparison.Ordinal))
            .Select(type => (FileDescriptor)type.GetProperty("Descriptor")!.GetValue(null)!).Where(file => file.Services.Count > 0);
        Assert.Equal(withServices.Select(file => file.Name).Order(StringComparer.Ordinal), RepeatableCalls.Files.Select(file => file.Name).Order(StringComparer.Ordinal));
        IEnumerable<string> repeated = RepeatableCalls.Files.SelectMany(file => file.Services).SelectMany(service => service.Methods).Where(RepeatableCalls.IsRepeatable).Select(method => method.Name);

        Assert.Equal(
            [
                "BeginImport", "BeginUpload", "CreateJob", "CreateJobs", "GetCaller", "GetDataset", "GetDatasetStatistics", "GetJob", "GetModel", "GetRollout", "ListApiKeys", "ListAuditEntries",
                "ListDatasets", "ListEvents", "ListJobs", "ListMetrics", "ListModels", "ListProjects", "ListRollouts", "PreviewDataset", "ValidateDataset",
            ],
            repeated.Order(StringComparer.Ordinal));
    }

    private sealed class CutAtFirst(TransferPhase phase, BreakingLine line) : IProgress<TransferProgress>
    {
        private bool _done;

        public void Report(TransferProgress value)
        {
            if (value.Phase == phase && !_done)
            {
                _done = true;
                line.Cut();
            }
        }
    }

    private sealed class TransferLog : IProgress<TransferProgress>
    {
        public List<TransferProgress> All { get; } = [];

        public void Report(TransferProgress value) => All.Add(value);
    }
}
