using AlignService.Cli.Connections;
using AlignService.Client;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Comparison;

/// <summary>Reads jobs with all their events so far.</summary>
internal static class ComparedJobReader
{
    public static async Task<ComparedJob> ReadAsync(AlignClient client, string name, CancellationToken cancellationToken)
    {
        var compared = new ComparedJob(await client.GetAsync(name, cancellationToken));
        await foreach (JobEvent happened in client.Jobs.ReplayAsync(name, cancellationToken))
        {
            compared.Apply(happened);
        }

        return compared;
    }
}
