using AlignService.Contracts.V1;

namespace AlignService.Client;

/// <summary>A server's models. Errors come as <see cref="AlignCallException"/>s.</summary>
public sealed class ModelClient
{
    private readonly AlignClient _client;
    private readonly ModelService.ModelServiceClient _service;

    internal ModelClient(AlignClient client) => (_client, _service) = (client, new ModelService.ModelServiceClient(client.Calls));

    /// <summary>By name, page after page.</summary>
    public IAsyncEnumerable<StoredModel> ListAsync(CancellationToken cancellationToken = default) => Pages.ReadAsync(
        int.MaxValue,
        (size, token) => _client.CallAsync(() => _service.ListModelsAsync(new ListModelsRequest { PageSize = size, PageToken = token }, cancellationToken: cancellationToken)),
        page => (page.Models, page.NextPageToken),
        cancellationToken);

    public Task<StoredModel> GetAsync(string name, CancellationToken cancellationToken = default) => GetAsync(new GetModelRequest { Name = name }, cancellationToken);

    /// <summary>With memory estimated for what the request says.</summary>
    public async Task<StoredModel> GetAsync(GetModelRequest request, CancellationToken cancellationToken = default) =>
        (await _client.CallAsync(() => _service.GetModelAsync(request, cancellationToken: cancellationToken))).Model;

    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        _client.CallAsync(() => _service.DeleteModelAsync(new DeleteModelRequest { Name = name }, cancellationToken: cancellationToken));

    /// <summary>Imports a model, on over lost connections. Interrupted, the same call continues, in another process too.</summary>
    /// <returns>The model, and whether it was there already.</returns>
    /// <param name="name">models/ID.</param>
    /// <param name="files">All of a Hugging Face directory.</param>
    /// <param name="progress">Told after each chunk, on any thread.</param>
    /// <param name="cancellationToken">Ends it; what was sent stays on the server for the next time.</param>
    /// <exception cref="AlignCallException">The server refuses it, or has not answered for too long.</exception>
    public async Task<(StoredModel Model, bool WasThere)> PushAsync(string name, IReadOnlyList<LocalFile> files, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        UploadRun<ImportModelRequest, ImportModelResponse> upload = new(_client, CallsOf(name));
        ImportModelResponse? answer = await upload.RunAsync(files, new TransferCount(progress), cancellationToken);
        return (answer?.Model ?? await GetAsync(name, cancellationToken), answer is null);
    }

    /// <summary>Downloads a model, a job's checkpoint or its adapter, on over lost connections. Interrupted, the same call continues, in another process too.</summary>
    /// <returns>What was downloaded.</returns>
    /// <param name="name">models/ID, or jobs/JOB/checkpoints/best (last, step-000120).</param>
    /// <param name="directory">Does not exist; it is there when everything is and every checksum is right.</param>
    /// <param name="progress">Told after each chunk, on any thread.</param>
    /// <param name="cancellationToken">Ends it; what was received stays beside the directory for the next time.</param>
    /// <exception cref="AlignCallException">The server refuses it, or has not answered for too long.</exception>
    /// <exception cref="TransferException">A checksum is wrong, or the server sends what it should not.</exception>
    /// <exception cref="IOException">The directory exists, or cannot be written.</exception>
    public Task<DownloadStart> PullAsync(string name, string directory, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default) =>
        new DownloadRun(_client, _service, directory).RunAsync(name, new TransferCount(progress), cancellationToken);

    private UploadCalls<ImportModelRequest, ImportModelResponse> CallsOf(string name) => new(
        async (files, cancellationToken) =>
        {
            BeginImportResponse begun = await _client.CallAsync(() => _service.BeginImportAsync(new BeginImportRequest { Name = name, Files = { files } }, cancellationToken: cancellationToken));
            return new BegunUpload(begun.Upload, begun.Received);
        },
        cancellationToken => _service.ImportModel(cancellationToken: cancellationToken),
        upload => new ImportModelRequest { Upload = upload },
        chunk => new ImportModelRequest { Chunk = chunk });
}
