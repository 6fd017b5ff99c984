using AlignService.Contracts.V1;
using AlignService.Jobs.Ports;
using Microsoft.Extensions.DependencyInjection;
using JobCheckpoint = AlignService.Jobs.JobCheckpoint;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>A running job whose worker writes checkpoints; nobody reads what is in them.</summary>
internal sealed class CheckpointedJob
{
    public const string State = "{\"completed_steps\": 4}";

    /// <summary>Of a file that is large enough to be linked.</summary>
    public const int LargeFileSize = 3 << 20;

    private readonly TestServer _server;
    private readonly FakeWorker _worker;

    private CheckpointedJob(TestServer server, string name, FakeWorker worker) => (_server, Name, _worker) = (server, name, worker);

    public string Name { get; }

    public static async Task<CheckpointedJob> StartAsync(TestServer server, Action<JobSpec> change, CancellationToken cancellationToken)
    {
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        change(spec);
        string name = (await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec }, cancellationToken: cancellationToken)).Job.Name;
        return new CheckpointedJob(server, name, await FakeWorker.ClaimAsync(server.Store, name));
    }

    public async Task CheckpointAsync(int step, bool holdsState, int totalSteps = 10)
    {
        ICheckpointStore files = _server.Services.GetRequiredService<ICheckpointStore>();
        await _server.Store.Journal.AppendAsync(_worker.Lease, step, totalSteps, [], CancellationToken.None);
        JobCheckpoint published = files.Publish(files.Stage(_worker.Lease, step, null, directory => Fill(_server.Folder, directory, holdsState)));
        await _server.Store.Journal.AddCheckpointAsync(_worker.Lease, published, CancellationToken.None);
    }

    /// <summary>The job has ended, and its worker has exited.</summary>
    public async Task EndAsync(Jobs.JobState state)
    {
        await _worker.MoveAsync(state);
        await _worker.GoneAsync();
    }

    /// <summary>What a trainer saves.</summary>
    public static void Fill(TestFolder folder, string directory, bool holdsState)
    {
        foreach (string file in Directory.GetFiles(Path.Combine(folder.Path, "models", "policy")))
        {
            File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
        }

        if (holdsState)
        {
            string trainer = Directory.CreateDirectory(Path.Combine(directory, "trainer")).FullName;
            File.WriteAllText(Path.Combine(trainer, "trainer_state.json"), State);
            File.WriteAllBytes(Path.Combine(trainer, "trainer_state.safetensors"), new byte[LargeFileSize]);
        }
    }
}
