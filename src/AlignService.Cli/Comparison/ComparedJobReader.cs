using AlignService.Cli.Connections;
using AlignService.Contracts.V1;
using Grpc.Core;

namespace AlignService.Cli.Comparison;

/// <summary>Reads jobs with all their events so far.</summary>
internal static class ComparedJobReader
{
    public static async Task<ComparedJob> ReadAsync(JobClient client, string name, CancellationToken cancellationToken)
    {
        var compared = new ComparedJob(await client.GetAsync(name, cancellationToken));
        try
        {
            using var call = client.Watch(new WatchJobRequest { Name = name, ReplayOnly = true }, cancellationToken);
            await foreach (WatchJobResponse response in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                compared.Apply(response.Event);
            }
        }
        catch (RpcException exception)
        {
            throw RpcErrors.Translate(exception, client.Address);
        }

        return compared;
    }
}
