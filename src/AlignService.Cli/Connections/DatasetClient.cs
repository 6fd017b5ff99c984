using System.Runtime.CompilerServices;
using AlignService.Contracts.V1;

namespace AlignService.Cli.Connections;

/// <summary>A server's datasets. Errors of single calls come as <see cref="Output.CommandException"/>s, those of streams as <see cref="Grpc.Core.RpcException"/>s.</summary>
internal sealed class DatasetClient(ServerConnection connection) : IDisposable
{
    private const int PageSize = 500;

    public DatasetService.DatasetServiceClient Service { get; } = new(connection.Calls);

    public Uri Address => connection.Address;

    public void Dispose() => connection.Dispose();

    /// <summary>By name, page after page.</summary>
    public async IAsyncEnumerable<Dataset> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListDatasetsRequest { PageSize = PageSize };
        do
        {
            ListDatasetsResponse page = await connection.CallAsync(() => Service.ListDatasetsAsync(request, cancellationToken: cancellationToken));
            foreach (Dataset dataset in page.Datasets)
            {
                yield return dataset;
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    public async Task<Dataset> GetAsync(string name, CancellationToken cancellationToken) =>
        (await connection.CallAsync(() => Service.GetDatasetAsync(new GetDatasetRequest { Name = name }, cancellationToken: cancellationToken))).Dataset;

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        connection.CallAsync(() => Service.DeleteDatasetAsync(new DeleteDatasetRequest { Name = name }, cancellationToken: cancellationToken));

    public Task<ValidateDatasetResponse> ValidateAsync(ValidateDatasetRequest request, CancellationToken cancellationToken) =>
        connection.CallAsync(() => Service.ValidateDatasetAsync(request, cancellationToken: cancellationToken));

    public async Task<IReadOnlyList<PreviewRow>> PreviewAsync(PreviewDatasetRequest request, CancellationToken cancellationToken) =>
        (await connection.CallAsync(() => Service.PreviewDatasetAsync(request, cancellationToken: cancellationToken))).Rows;

    public Task<GetDatasetStatisticsResponse> CountAsync(GetDatasetStatisticsRequest request, CancellationToken cancellationToken) =>
        connection.CallAsync(() => Service.GetDatasetStatisticsAsync(request, cancellationToken: cancellationToken));
}
