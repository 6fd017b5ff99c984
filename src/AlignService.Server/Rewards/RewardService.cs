using AlignService.Server.Rpc;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rewards;

/// <summary>align.v1.RewardService.</summary>
[BindServiceMethod(typeof(ParsedRequests<RewardService>), nameof(ParsedRequests<>.BindService))]
internal class RewardService(RewardTrials trials, IHostApplicationLifetime lifetime) : IWireService
{
    public static ServiceDescriptor Descriptor => Wire.RewardService.Descriptor;

    public static void Bind(ServiceBinderBase binder) => Wire.RewardService.BindService(binder, serviceImpl: null);

    public virtual async Task<Wire.TryResponse> Try(Wire.TryRequest request, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        return await trials.RunAsync(request, stop.Token);
    }
}
