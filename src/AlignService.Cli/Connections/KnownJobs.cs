using AlignService.Cli.Output;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Specs.Violations;
using Grpc.Core;

namespace AlignService.Cli.Connections;

/// <summary>The jobs of a server, for whoever does not know their names by heart.</summary>
internal static class KnownJobs
{
    private const int Most = 500;

    /// <summary>Asks for something about a job; where there is no such job, the error names those with similar names.</summary>
    public static async Task<T> OnJobAsync<T>(this AlignClient client, string name, Func<JobClient, Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask(client.Jobs);
        }
        catch (AlignCallException exception) when (exception.StatusCode == StatusCode.NotFound || exception.Violations is [{ Field: "name" }])
        {
            // A name that cannot be a job's is a job that is not there, too.
            List<string> known = await client.Jobs.ListAsync(new ListJobsRequest(), Most, cancellationToken).Select(job => job.Name).ToListAsync(cancellationToken);
            IReadOnlyList<string> near = NearNames.Find(name, known);
            string hint = near.Count > 0 ? $"Similar: {string.Join(", ", near)}." : known.Count == 0 ? "It has no jobs yet." : "`align list` lists the jobs.";
            throw new CommandException(ExitCode.NotFound, $"The server at {client.Address} has no job {name}. {hint}");
        }
    }

    public static Task<Job> GetAsync(this AlignClient client, string name, CancellationToken cancellationToken, JobView view = JobView.Basic) =>
        client.OnJobAsync(name, jobs => jobs.GetAsync(name, view, cancellationToken), cancellationToken);

    /// <summary>Names for shell completion: whatever the server returns quickly, or nothing.</summary>
    public static IReadOnlyList<string> ListNames(this AlignClient client, TimeSpan patience)
    {
        try
        {
            ListJobsResponse page = new JobService.JobServiceClient(client.Calls).ListJobs(new ListJobsRequest { PageSize = Most }, deadline: TimeProvider.System.GetUtcNow().Add(patience).UtcDateTime);
            return [.. page.Jobs.Select(job => job.Name)];
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException)
        {
            return [];
        }
    }
}
