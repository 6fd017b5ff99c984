using AlignService.Server.Tests.Fixtures;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1;
using Xunit;

namespace AlignService.Server.Tests.Rpc;

/// <summary>What holds for every method of every service, by their descriptors: a new one is tested by being there.</summary>
public sealed class WireServiceTests
{
    /// <summary>No message of the wire is any of these: a group that never ends, a length beyond the end, a field without its value, text that is not UTF-8 in whatever field has text.</summary>
    private static readonly byte[][] NoRequests = [[0x0b, 0x0b, 0x0b], [0x0a, 0x7f, 0x41], [0x08], [0xff, 0xff, 0xff]];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Methods => [.. WireServices.Descriptors.SelectMany(service => service.Methods).Select(method => $"{method.Service.FullName}/{method.Name}")];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Bytes_that_are_no_request_are_the_callers_fault(string name)
    {
        MethodDescriptor method = WireServices.Descriptors.SelectMany(service => service.Methods).Single(method => $"{method.Service.FullName}/{method.Name}" == name);
        await using TestServer server = await TestServer.StartAsync(Cancel);
        foreach (byte[] bytes in NoRequests)
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(() => RawCalls.SendAsync(server.Channel, method, [bytes], new CallOptions(cancellationToken: Cancel)));
            Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
            Assert.Contains(method.InputType.Name, refused.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reflection_and_health_know_every_service()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        using AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call =
            new ServerReflection.ServerReflectionClient(server.Channel).ServerReflectionInfo(cancellationToken: Cancel);
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" }, Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel));
        string[] known = [.. call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name)];
        await call.RequestStream.CompleteAsync();

        var health = new Health.HealthClient(server.Channel);
        Assert.Contains("grpc.health.v1.Health", known);
        foreach (string service in WireServices.Descriptors.Select(service => service.FullName).Append(""))
        {
            HealthCheckResponse response = await health.CheckAsync(new HealthCheckRequest { Service = service }, cancellationToken: Cancel);
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, response.Status);
            Assert.True(service.Length == 0 || known.Contains(service), service);
        }
    }
}
