using System.Collections.Concurrent;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Grpc.Core;

namespace AlignService.Server.Tests.Operations;

/// <summary>A client that does one thing after another, with jobs and datasets that it shares with others.</summary>
/// <param name="server">What it asks.</param>
/// <param name="jobs">Names of all jobs so far, whoever made them; deleted ones too.</param>
/// <param name="random">Decides what comes next.</param>
internal sealed class RandomClient(TestServer server, ConcurrentQueue<string> jobs, Random random)
{
    private const int Datasets = 3;

    private string Dataset => $"datasets/rows-{random.Next(Datasets)}";

    /// <returns>What it did, and how that ended.</returns>
    public async Task<(string Operation, StatusCode Code)> ActAsync(CancellationToken cancellationToken)
    {
        (string operation, Func<Task> act) = Next(cancellationToken);
        try
        {
            await act();
            return (operation, StatusCode.OK);
        }
        catch (RpcException exception)
        {
            return (operation, exception.StatusCode);
        }
    }

    private (string Operation, Func<Task> Act) Next(CancellationToken cancellationToken)
    {
        string[] known = [.. jobs];
        string job = known.Length == 0 ? "jobs/none" : known[random.Next(known.Length)];
        return random.Next(known.Length < 4 ? 3 : 14) switch
        {
            0 or 1 => ("create", async () => Add((await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = Spec(job), RequestId = random.Next(2) == 0 ? $"request-{random.Next(10)}" : "" }, cancellationToken: cancellationToken)).Job)),
            2 => ("create several", async () => (await server.Jobs.CreateJobsAsync(Several(job), cancellationToken: cancellationToken)).Jobs.ToList().ForEach(Add)),
            3 => ("cancel", async () => await server.Jobs.CancelJobAsync(new CancelJobRequest { Name = job }, deadline: Deadline, cancellationToken: cancellationToken)),
            4 => ("pause", async () => await server.Jobs.PauseJobAsync(new PauseJobRequest { Name = job }, deadline: Deadline, cancellationToken: cancellationToken)),
            5 => ("resume", async () => await server.Jobs.ResumeJobAsync(new ResumeJobRequest { Name = job }, cancellationToken: cancellationToken)),
            6 or 7 => ("delete", async () => await server.Jobs.DeleteJobAsync(new DeleteJobRequest { Name = job }, cancellationToken: cancellationToken)),
            8 => ("fork", async () => Add((await server.Jobs.CreateJobAsync(new CreateJobRequest { Fork = new ForkSource { Checkpoint = $"{job}/checkpoints/last" } }, cancellationToken: cancellationToken)).Job)),
            9 => ("extend", async () => await server.Jobs.ExtendJobAsync(new ExtendJobRequest { Name = job, TotalSteps = 20 }, cancellationToken: cancellationToken)),
            10 or 11 => ("upload", async () => await DataFiles.UploadAsync(server, Dataset, "rows.jsonl", "{\"prompt\": \"2 + 2 =\", \"answer\": \"4\"}\n", cancellationToken)),
            12 => ("delete dataset", async () => await server.Datasets.DeleteDatasetAsync(new DeleteDatasetRequest { Name = Dataset }, cancellationToken: cancellationToken)),
            _ => ("list", async () => await server.Jobs.ListJobsAsync(new ListJobsRequest { PageSize = 5 }, cancellationToken: cancellationToken)),
        };
    }

    /// <summary>What waits for a worker waits for a random one.</summary>
    private static DateTime Deadline => TimeProvider.System.GetUtcNow().AddSeconds(20).UtcDateTime;

    private void Add(Job job) => jobs.Enqueue(job.Name);

    /// <summary>Two, the second after the first.</summary>
    private CreateJobsRequest Several(string job)
    {
        JobSpec first = Spec(job), second = Spec(job);
        second.After.Add("jobs/first");
        return new CreateJobsRequest { Jobs = { new NamedJob { Name = "first", Spec = first }, new NamedJob { Name = "second", Spec = second } } };
    }

    /// <summary>On data of the spec or of a dataset, sometimes after another job.</summary>
    private JobSpec Spec(string job)
    {
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Labels["kind"] = $"{random.Next(3)}";
        if (random.Next(3) == 0)
        {
            spec.Grpo.Prompts = new PromptSource { File = Dataset };
        }

        if (random.Next(6) == 0)
        {
            spec.After.Add(job);
        }

        if (random.Next(6) == 0)
        {
            spec.Grpo.Model = $"{job}/checkpoints/last";
            spec.After.Add(job);
        }

        return spec;
    }
}
