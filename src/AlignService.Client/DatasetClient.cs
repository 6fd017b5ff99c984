using AlignService.Contracts.V1;

namespace AlignService.Client;

/// <summary>A server's datasets. Errors come as <see cref="AlignCallException"/>s.</summary>
public sealed class DatasetClient
{
    private readonly AlignClient _client;
    private readonly DatasetService.DatasetServiceClient _service;

    internal DatasetClient(AlignClient client) => (_client, _service) = (client, new DatasetService.DatasetServiceClient(client.Calls));

    /// <summary>By name, page after page.</summary>
    public IAsyncEnumerable<Dataset> ListAsync(CancellationToken cancellationToken = default) => Pages.ReadAsync(
        int.MaxValue,
        (size, token) => _client.CallAsync(() => _service.ListDatasetsAsync(new ListDatasetsRequest { PageSize = size, PageToken = token }, cancellationToken: cancellationToken)),
        page => (page.Datasets, page.NextPageToken),
        cancellationToken);

    public async Task<Dataset> GetAsync(string name, CancellationToken cancellationToken = default) =>
        (await _client.CallAsync(() => _service.GetDatasetAsync(new GetDatasetRequest { Name = name }, cancellationToken: cancellationToken))).Dataset;

    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        _client.CallAsync(() => _service.DeleteDatasetAsync(new DeleteDatasetRequest { Name = name }, cancellationToken: cancellationToken));

    /// <summary>Uploads files of one format, on over lost connections. Interrupted, the same call continues, in another process too.</summary>
    /// <returns>The dataset, and whether it was there already; where rows cannot be parsed there is no dataset, but the faults.</returns>
    /// <param name="name">datasets/ID.</param>
    /// <param name="files">JSONL, JSON, CSV, TSV or Parquet, compressed or not.</param>
    /// <param name="progress">Told after each chunk, on any thread.</param>
    /// <param name="cancellationToken">Ends it; what was sent stays on the server for the next time.</param>
    /// <exception cref="AlignCallException">The server refuses it, or has not answered for too long.</exception>
    public async Task<PushedDataset> PushAsync(string name, IReadOnlyList<LocalFile> files, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        UploadRun<UploadDatasetRequest, UploadDatasetResponse> upload = new(_client, CallsOf(name));
        UploadDatasetResponse? answer = await upload.RunAsync(files, new TransferCount(progress), cancellationToken);
        return answer is null ? new PushedDataset(await GetAsync(name, cancellationToken), true, []) : new PushedDataset(answer.Dataset, false, answer.Faults);
    }

    public Task<ValidateDatasetResponse> ValidateAsync(ValidateDatasetRequest request, CancellationToken cancellationToken = default) =>
        _client.CallAsync(() => _service.ValidateDatasetAsync(request, cancellationToken: cancellationToken));

    /// <summary>Rows as the trainer sees them.</summary>
    public async Task<IReadOnlyList<PreviewRow>> PreviewAsync(PreviewDatasetRequest request, CancellationToken cancellationToken = default) =>
        (await _client.CallAsync(() => _service.PreviewDatasetAsync(request, cancellationToken: cancellationToken))).Rows;

    public Task<GetDatasetStatisticsResponse> CountAsync(GetDatasetStatisticsRequest request, CancellationToken cancellationToken = default) =>
        _client.CallAsync(() => _service.GetDatasetStatisticsAsync(request, cancellationToken: cancellationToken));

    private UploadCalls<UploadDatasetRequest, UploadDatasetResponse> CallsOf(string name) => new(
        async (files, cancellationToken) =>
        {
            BeginUploadResponse begun = await _client.CallAsync(() => _service.BeginUploadAsync(new BeginUploadRequest { Name = name, Files = { files } }, cancellationToken: cancellationToken));
            return new BegunUpload(begun.Upload, begun.Received);
        },
        cancellationToken => _service.UploadDataset(cancellationToken: cancellationToken),
        upload => new UploadDatasetRequest { Upload = upload },
        chunk => new UploadDatasetRequest { Chunk = chunk });
}

/// <summary>What came of an upload.</summary>
/// <param name="Dataset">Null where it was not taken.</param>
/// <param name="WasThere">The very files were there under that name already.</param>
/// <param name="Faults">Rows that cannot be parsed.</param>
public sealed record PushedDataset(Dataset? Dataset, bool WasThere, IReadOnlyList<string> Faults);
