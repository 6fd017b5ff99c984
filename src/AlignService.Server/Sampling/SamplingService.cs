using AlignService.Jobs.Sampling;
using AlignService.Server.Rpc;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Sampling;

/// <summary>align.v1.SamplingService.</summary>
[BindServiceMethod(typeof(ParsedRequests<SamplingService>), nameof(ParsedRequests<>.BindService))]
internal class SamplingService(SampleRequests requests, ModelProcesses processes, IHostApplicationLifetime lifetime) : IWireService
{
    public static ServiceDescriptor Descriptor => Wire.SamplingService.Descriptor;

    public static void Bind(ServiceBinderBase binder) => Wire.SamplingService.BindService(binder, serviceImpl: null);

    public virtual async Task Sample(Wire.SampleRequest request, IServerStreamWriter<Wire.SampleResponse> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        (LoadableModel model, SampleOrder order) = await requests.ReadAsync(request, stop.Token);
        await responseStream.WriteAsync(new Wire.SampleResponse { Start = Start(model, order) }, stop.Token);
        await foreach (SampledPiece piece in processes.SampleAsync(model, order, stop.Token))
        {
            await responseStream.WriteAsync(piece.FinishReason is { } reason ? new Wire.SampleResponse { End = End(piece, reason) } : new Wire.SampleResponse { Piece = Piece(piece) }, stop.Token);
        }
    }

    private static Wire.SampleStart Start(LoadableModel model, SampleOrder order) => new()
    {
        Model = model.Name,
        PromptTokens = order.PromptIds.Count,
        Seed = order.Seed,
        MaxCompletionLength = order.Config.MaxCompletionLength,
    };

    private static Wire.SamplePiece Piece(SampledPiece piece) => new()
    {
        Text = piece.Text,
        Tokens = { (piece.TokenIds ?? []).Zip(piece.LogProbs ?? [], (id, logProb) => new Wire.SampledToken { Id = id, LogProb = logProb }) },
    };

    private static Wire.SampleEnd End(SampledPiece piece, string reason) => new()
    {
        FinishReason = reason switch
        {
            "stop" => Wire.FinishReason.Stop,
            "stop_string" => Wire.FinishReason.StopString,
            "length" => Wire.FinishReason.Length,
            _ => Wire.FinishReason.Unspecified,
        },
        CompletionTokens = piece.TokenCount,
    };
}
