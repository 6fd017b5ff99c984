using System.Runtime.CompilerServices;
using AlignService.Contracts.V1;
using Grpc.Core;

namespace AlignService.Cli.Connections;

/// <summary>A server's models. Errors of single calls come as <see cref="Output.CommandException"/>s, those of streams as <see cref="RpcException"/>s.</summary>
internal sealed class ModelClient(ServerConnection connection) : IDisposable
{
    private const int PageSize = 500;

    public ModelService.ModelServiceClient Service { get; } = new(connection.Calls);

    public Uri Address => connection.Address;

    public void Dispose() => connection.Dispose();

    /// <summary>By name, page after page.</summary>
    public async IAsyncEnumerable<StoredModel> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListModelsRequest { PageSize = PageSize };
        do
        {
            ListModelsResponse page = await connection.CallAsync(() => Service.ListModelsAsync(request, cancellationToken: cancellationToken));
            foreach (StoredModel model in page.Models)
            {
                yield return model;
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    public Task<StoredModel> GetAsync(string name, CancellationToken cancellationToken) => GetAsync(new GetModelRequest { Name = name }, cancellationToken);

    public async Task<StoredModel> GetAsync(GetModelRequest request, CancellationToken cancellationToken) =>
        (await connection.CallAsync(() => Service.GetModelAsync(request, cancellationToken: cancellationToken))).Model;

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        connection.CallAsync(() => Service.DeleteModelAsync(new DeleteModelRequest { Name = name }, cancellationToken: cancellationToken));
}
