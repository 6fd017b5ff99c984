using System.Diagnostics;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Xunit;

namespace AlignService.Architecture.Tests.Deploy;

/// <summary>No container engine is needed to know that the image's own commands work: they run here in a clean folder.</summary>
public sealed class PublishedServerTests(PublishedProgram program)
{
    private static readonly YamlNode Services = YamlNode.Load("docker-compose.yml")["services"];

    [Fact]
    public async Task Publish_HoldsOnlyWhatTorchNeeds()
    {
        await program.PublishAsync();
        IEnumerable<string> native = Directory.GetFiles(program.AppFolder, "*.so*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(program.AppFolder, file));
        Assert.Equal(Torch.TorchOutputTests.NativeLibraries, native.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ImageCommand_StartsAServerThatIsHealthyOverGrpc()
    {
        await program.PublishAsync();
        using PublishedServer server = await PublishedServer.StartAsync(program, DockerfileCommands.DefaultArguments);
        await AssertServingAsync(server.Address);
        Assert.True(File.Exists(Path.Combine(program.DataFolder, "align.db")));
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task ComposeServer_StartsAndPassesComposesHealthCheck()
    {
        await program.PublishAsync();
        YamlNode service = Services["server"];
        using PublishedServer server = await PublishedServer.StartAsync(program, service["command"].Texts);
        await AssertServingAsync(server.Address);

        // The check's first word says how to run it.
        string[] check = [.. program.Commands.Lay(service["healthcheck"]["test"].Texts.Skip(1)).Select(word => word == "http://localhost:5080" ? server.Address : word)];
        using Process process = Process.Start(new ProcessStartInfo(check[0], check[1..]) { RedirectStandardOutput = true })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }

    private static async Task AssertServingAsync(string address)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress(address);
        HealthCheckResponse response = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, response.Status);
    }
}
