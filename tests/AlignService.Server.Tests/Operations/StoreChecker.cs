using AlignService.Contracts.V1;
using AlignService.Jobs;
using AlignService.Server.Tests.Fixtures;
using Grpc.Core;
using Job = AlignService.Contracts.V1.Job;
using JobEvent = AlignService.Contracts.V1.JobEvent;
using JobState = AlignService.Contracts.V1.JobState;

namespace AlignService.Server.Tests.Operations;

/// <summary>Looks at everything that a server keeps, from outside and on its disk, for what does not fit together.</summary>
/// <param name="server">At rest.</param>
/// <param name="made">Every job that a client was told of.</param>
internal sealed class StoreChecker(TestServer server, IReadOnlyList<string> made)
{
    private readonly List<string> _faults = [];

    public async Task<IReadOnlyList<string>> FindFaultsAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, Job> jobs = await ListAsync(cancellationToken);
        HashSet<string> datasets = [.. (await server.Datasets.ListDatasetsAsync(new ListDatasetsRequest { PageSize = 500 }, cancellationToken: cancellationToken)).Datasets.Select(dataset => dataset.Name)];
        foreach (string name in made)
        {
            Require(jobs.ContainsKey(name) || await IsGoneAsync(name, cancellationToken), $"{name} is neither listed nor gone");
        }

        Require(jobs.Keys.All(made.Contains), "a job is listed that nobody made");
        foreach (string name in jobs.Keys)
        {
            Job job = await CheckEventsAsync(name, cancellationToken);
            CheckFiles(job);
            bool lives = job.State is JobState.Queued or JobState.Preparing or JobState.Running or JobState.Paused;
            Require(!lives || job.Spec.Grpo.Prompts.File is "" or null || datasets.Contains(job.Spec.Grpo.Prompts.File), $"{job.Name} is {job.State}, but {job.Spec.Grpo.Prompts.File} is deleted");
            Require(!lives || job.Spec.After.All(jobs.ContainsKey), $"{job.Name} is {job.State}, but a job that it follows is deleted");
            Require(job.Progress is null || job.Progress.TotalSteps == 0 || job.Progress.CompletedSteps <= job.Progress.TotalSteps, $"{job.Name} has done {job.Progress}");
            Require(lives || job.EndTime is not null, $"{job.Name} is {job.State} without an end");
        }

        string folder = Path.Combine(server.Folder.Path, "jobs");
        foreach (string directory in Directory.Exists(folder) ? Directory.GetDirectories(folder) : [])
        {
            Require(jobs.ContainsKey($"jobs/{Path.GetFileName(directory)}"), $"{directory} is of no job");
        }

        return _faults;
    }

    /// <summary>Page by page, each job once and as it is by name.</summary>
    private async Task<Dictionary<string, Job>> ListAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, Job> jobs = [];
        ListJobsRequest request = new() { PageSize = 7 };
        do
        {
            ListJobsResponse page = await server.Jobs.ListJobsAsync(request, cancellationToken: cancellationToken);
            foreach (Job listed in page.Jobs)
            {
                Job job = (await server.Jobs.GetJobAsync(new GetJobRequest { Name = listed.Name }, cancellationToken: cancellationToken)).Job;
                Require(jobs.TryAdd(listed.Name, job), $"{listed.Name} is listed twice");
                Require(job.State == listed.State || listed.State == JobState.Queued, $"{listed.Name} is {listed.State} in the list and {job.State} by name"); // what waited for a failed job fails by and by
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return jobs;
    }

    /// <summary>Every change of state is one that is allowed, follows the one before, and the last one leads to the job's state.</summary>
    /// <returns>The job as it was at that moment.</returns>
    private async Task<Job> CheckEventsAsync(string name, CancellationToken cancellationToken)
    {
        Job job = (await server.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: cancellationToken)).Job;
        JobState state = JobState.Queued;
        long cursor = 0;
        using AsyncServerStreamingCall<WatchJobResponse> call = server.Jobs.WatchJob(new WatchJobRequest { Name = name, ReplayOnly = true }, cancellationToken: cancellationToken);
        await foreach (WatchJobResponse response in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            JobEvent happened = response.Event;
            Require(happened.Cursor > cursor, $"{name} has event {happened.Cursor} after {cursor}");
            cursor = happened.Cursor;
            if (happened.StateChanged is { } change)
            {
                Require(change.From == state, $"{name} went from {change.From} to {change.To}, but was {state}");
                Require(JobTransition.IsAllowed(Enum.Parse<Jobs.JobState>($"{change.From}"), Enum.Parse<Jobs.JobState>($"{change.To}")), $"{name} went from {change.From} to {change.To}");
                state = change.To;
            }
        }

        Job later = (await server.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: cancellationToken)).Job;
        Require(state == job.State || state == later.State, $"{name} is {job.State}, but its events lead to {state}");
        return later;
    }

    private void CheckFiles(Job job) =>
        Require(job.Checkpoints.All(checkpoint => File.Exists(Path.Combine(checkpoint.Directory, "model.safetensors"))), $"a checkpoint of {job.Name} is not on the disk");

    private async Task<bool> IsGoneAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await server.Jobs.GetJobAsync(new GetJobRequest { Name = name }, cancellationToken: cancellationToken);
            return false;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.NotFound)
        {
            return true;
        }
    }

    private void Require(bool holds, string fault)
    {
        if (!holds)
        {
            _faults.Add(fault);
        }
    }
}
