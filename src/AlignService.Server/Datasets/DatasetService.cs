using AlignService.Server.Hosting;
using AlignService.Server.Mapping;
using AlignService.Server.Rpc;
using AlignService.Server.Uploads;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using AlignService.Store.Resources;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Datasets;

/// <summary>align.v1.DatasetService.</summary>
[BindServiceMethod(typeof(ParsedRequests<DatasetService>), nameof(ParsedRequests<>.BindService))]
internal class DatasetService(CallerResources resources, DatasetUploads uploads, DatasetReader reader, UploadReceiver receiver, HostSettings settings, FilePolicy policy) : IWireService
{
    public static ServiceDescriptor Descriptor => Wire.DatasetService.Descriptor;

    public static void Bind(ServiceBinderBase binder) => Wire.DatasetService.BindService(binder, serviceImpl: null);

    public virtual async Task<Wire.BeginUploadResponse> BeginUpload(Wire.BeginUploadRequest request, ServerCallContext context)
    {
        StoredName name = ResourceName.ParseDataset(request.Name, "name");
        FileList files = FileMapper.Read(request.Files, "files");
        uploads.Check(files);
        (Upload? upload, StoredResource? existing) = await resources.Datasets.BeginAsync(name, files, (long)settings.MaxDatasetsGib << 30, context.CancellationToken);
        return new Wire.BeginUploadResponse
        {
            Upload = upload?.Name.ToString() ?? "",
            Received = { FileMapper.Write(upload?.Progress ?? []) },
            Dataset = existing is null ? null : Write(existing),
        };
    }

    public virtual async Task<Wire.UploadDatasetResponse> UploadDataset(IAsyncStreamReader<Wire.UploadDatasetRequest> requestStream, ServerCallContext context)
    {
        using UploadWriter upload = await receiver.ReceiveAsync(requestStream, static message => new UploadPart(message.Upload, message.Chunk), resources.Datasets, context.CancellationToken);
        (StoredResource? dataset, IReadOnlyList<string> faults) = uploads.Publish(upload, context.CancellationToken);
        return new Wire.UploadDatasetResponse { Dataset = dataset is null ? null : Write(dataset), Faults = { faults } };
    }

    public virtual Task<Wire.ListDatasetsResponse> ListDatasets(Wire.ListDatasetsRequest request, ServerCallContext context)
    {
        (IReadOnlyList<StoredResource> page, string? next) = resources.Datasets.List(PageSize.Read(request.PageSize), request.PageToken.Length == 0 ? null : request.PageToken);
        return Task.FromResult(new Wire.ListDatasetsResponse { Datasets = { page.Select(Write) }, NextPageToken = next ?? "" });
    }

    public virtual Task<Wire.GetDatasetResponse> GetDataset(Wire.GetDatasetRequest request, ServerCallContext context)
    {
        StoredResource dataset = resources.Datasets.Get(ResourceName.ParseDataset(request.Name, "name"));
        Wire.Dataset wire = Write(dataset);
        wire.Files.Add(FileMapper.Write(dataset.Files.Files));
        wire.Fields.Add(DataFile.FieldsOf(dataset.Name.ResourceName, policy, context.CancellationToken));
        return Task.FromResult(new Wire.GetDatasetResponse { Dataset = wire });
    }

    public virtual async Task<Wire.DeleteDatasetResponse> DeleteDataset(Wire.DeleteDatasetRequest request, ServerCallContext context)
    {
        await uploads.RemoveAsync(ResourceName.ParseDataset(request.Name, "name"), context.CancellationToken);
        return new Wire.DeleteDatasetResponse();
    }

    public virtual async Task<Wire.ValidateDatasetResponse> ValidateDataset(Wire.ValidateDatasetRequest request, ServerCallContext context)
    {
        StoredName name = ResourceName.ParseDataset(request.Name, "name");
        RowEncoder? encoder = await reader.EncoderAsync(request.Model, request.HasMaxLength ? request.MaxLength : null, context.CancellationToken);
        return reader.Validate(name, request.Reading, encoder, context.CancellationToken);
    }

    public virtual async Task<Wire.PreviewDatasetResponse> PreviewDataset(Wire.PreviewDatasetRequest request, ServerCallContext context)
    {
        const int usual = 5, most = 100;
        StoredName name = ResourceName.ParseDataset(request.Name, "name");
        if (request.FirstRow is < 0 or >= FilePolicy.MaxRows)
        {
            throw new InvalidRequestException("first_row", $"it is {request.FirstRow}; it must be 0 to {FilePolicy.MaxRows - 1}.");
        }

        if (request.RowCount is < 0 or > most)
        {
            throw new InvalidRequestException("row_count", $"it is {request.RowCount}; it must be 1 to {most}, or 0 for {usual}.");
        }

        RowEncoder encoder = await reader.EncoderAsync(request.Model, request.HasMaxLength ? request.MaxLength : null, context.CancellationToken)
            ?? throw new InvalidRequestException("model", "it is empty; name the model whose tokenizer and chat template are used.");
        int first = (int)request.FirstRow, count = request.RowCount == 0 ? usual : request.RowCount;
        DatasetRows rows = reader.Load(name, request.Reading, first + count, "name", context.CancellationToken);
        return new Wire.PreviewDatasetResponse { Rows = { DatasetPreview.Of(rows, first, encoder, request.WithTokenIds, context.CancellationToken) } };
    }

    public virtual async Task<Wire.GetDatasetStatisticsResponse> GetDatasetStatistics(Wire.GetDatasetStatisticsRequest request, ServerCallContext context)
    {
        StoredName name = ResourceName.ParseDataset(request.Name, "name");
        StoredName? heldOut = request.HeldOut.Length == 0 ? null : ResourceName.ParseDataset(request.HeldOut, "held_out");
        RowEncoder? encoder = await reader.EncoderAsync(request.Model, null, context.CancellationToken);
        return reader.Count(name, heldOut, request.Reading, encoder, context.CancellationToken);
    }

    private static Wire.Dataset Write(StoredResource dataset) => new()
    {
        Name = dataset.Name.ResourceName,
        CreateTime = Timestamp.FromDateTimeOffset(dataset.CreateTime),
        SizeBytes = dataset.Files.Bytes,
        Format = dataset.Facts?.Kind ?? "",
        RowCount = dataset.Facts?.Count ?? 0,
        Uploaded = dataset.Facts is not null,
    };
}
