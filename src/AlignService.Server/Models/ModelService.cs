using AlignService.HuggingFace.Inspection;
using AlignService.Server.Hosting;
using AlignService.Server.Mapping;
using AlignService.Server.Rpc;
using AlignService.Server.Uploads;
using AlignService.Specs.Resources;
using AlignService.Specs.Sizing;
using AlignService.Specs.Violations;
using AlignService.Store.Resources;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Models;

/// <summary>align.v1.ModelService.</summary>
[BindServiceMethod(typeof(ParsedRequests<ModelService>), nameof(ParsedRequests<>.BindService))]
internal class ModelService(CallerResources resources, ModelPlaces places, ModelImports imports, UploadReceiver receiver, HostSettings settings) : IWireService
{
    private const int MostRows = 1 << 20;

    public static ServiceDescriptor Descriptor => Wire.ModelService.Descriptor;

    public static void Bind(ServiceBinderBase binder) => Wire.ModelService.BindService(binder, serviceImpl: null);

    public virtual async Task<Wire.BeginImportResponse> BeginImport(Wire.BeginImportRequest request, ServerCallContext context)
    {
        StoredName name = ResourceName.ParseModel(request.Name, "name");
        (Upload? upload, StoredResource? existing) = await resources.Models.BeginAsync(name, FileMapper.Read(request.Files, "files"), (long)settings.MaxModelsGib << 30, context.CancellationToken);
        return new Wire.BeginImportResponse
        {
            Upload = upload?.Name.ToString() ?? "",
            Received = { FileMapper.Write(upload?.Progress ?? []) },
            Model = existing is null ? null : ModelMapper.WriteBrief(existing),
        };
    }

    public virtual async Task<Wire.ImportModelResponse> ImportModel(IAsyncStreamReader<Wire.ImportModelRequest> requestStream, ServerCallContext context)
    {
        using UploadWriter import = await receiver.ReceiveAsync(requestStream, static message => new UploadPart(message.Upload, message.Chunk), resources.Models, context.CancellationToken);
        return new Wire.ImportModelResponse { Model = ModelMapper.WriteBrief(await imports.PublishAsync(resources.Models, import, context.CancellationToken)) };
    }

    public virtual Task<Wire.ListModelsResponse> ListModels(Wire.ListModelsRequest request, ServerCallContext context)
    {
        (IReadOnlyList<StoredResource> page, string? next) = resources.Models.List(PageSize.Read(request.PageSize), request.PageToken.Length == 0 ? null : request.PageToken);
        return Task.FromResult(new Wire.ListModelsResponse { Models = { page.Select(ModelMapper.WriteBrief) }, NextPageToken = next ?? "" });
    }

    public virtual async Task<Wire.GetModelResponse> GetModel(Wire.GetModelRequest request, ServerCallContext context)
    {
        MemoryAssumptions usual = new();
        MemoryAssumptions assumptions = new()
        {
            Rows = AtLeastOne(request.HasRows, request.Rows, usual.Rows, "rows"),
            Length = AtLeastOne(request.HasLength, request.Length, usual.Length, "length"),
            AdapterRank = AtLeastOne(request.HasAdapterRank, request.AdapterRank, usual.AdapterRank, "adapter_rank"),
        };
        FoundModel model = await places.FindAsync(request.Name, "name", context.CancellationToken);
        return new Wire.GetModelResponse { Model = ModelMapper.Write(model, ModelInspector.Inspect(model.Directory), assumptions) };
    }

    public virtual async Task<Wire.DeleteModelResponse> DeleteModel(Wire.DeleteModelRequest request, ServerCallContext context)
    {
        await imports.RemoveAsync(resources.Models, ResourceName.ParseModel(request.Name, "name"), context.CancellationToken);
        return new Wire.DeleteModelResponse();
    }

    public virtual async Task DownloadModel(Wire.DownloadModelRequest request, IServerStreamWriter<Wire.DownloadModelResponse> responseStream, ServerCallContext context)
    {
        FoundModel model = await places.FindAsync(request.Name, "name", context.CancellationToken);
        await new ModelDownload(model, request.Received).SendAsync(responseStream, context.CancellationToken);
    }

    private static int AtLeastOne(bool isGiven, int given, int usual, string field) => !isGiven ? usual : given is >= 1 and <= MostRows
        ? given
        : throw new InvalidRequestException(field, $"it is {given}; it must be 1 to {MostRows}.");
}
