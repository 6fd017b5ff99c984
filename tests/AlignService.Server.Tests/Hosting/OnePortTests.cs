using System.Net;
using System.Net.Sockets;
using System.Text;
using AlignService.Contracts.V1;
using AlignService.Server.Hosting;
using AlignService.Server.Tests.Fixtures;
using Xunit;

namespace AlignService.Server.Tests.Hosting;

public sealed class OnePortTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Http1_and_grpc_share_the_port()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        using var http = new HttpClient();

        HttpResponseMessage page = await http.GetAsync(new Uri(server.Address + "/nothing-here"), Cancel);
        ListJobsResponse jobs = await server.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel);

        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        Assert.Equal(new Version(1, 1), page.Version);
        Assert.Empty(jobs.Jobs);
    }

    [Fact]
    public async Task Many_connections_of_both_versions_at_once_are_all_served()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            using var channel = Grpc.Net.Client.GrpcChannel.ForAddress(server.Address);
            using var http = new HttpClient();
            await new JobService.JobServiceClient(channel).ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel);
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri($"{server.Address}/{i}"), Cancel)).StatusCode);
        }));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 ")]
    [InlineData("PRI * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 ")]
    [InlineData("P", null)]
    public async Task A_request_that_comes_byte_by_byte_finds_its_version(string request, string? answer)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(server.Address).Port, Cancel);
        foreach (byte one in Encoding.ASCII.GetBytes(request))
        {
            await socket.SendAsync(new[] { one }, Cancel);
        }

        using var reader = new StreamReader(new NetworkStream(socket));
        if (answer is null)
        {
            socket.Shutdown(SocketShutdown.Send);
        }

        string text = await reader.ReadToEndAsync(Cancel);
        if (answer is not null)
        {
            Assert.StartsWith(answer, text, StringComparison.Ordinal);
        }

        // Whatever it was, the server still serves others.
        await server.Jobs.ListJobsAsync(new ListJobsRequest(), cancellationToken: Cancel);
    }

    [Fact]
    public async Task A_taken_port_is_refused_with_the_way_out()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        using var folder = new TestFolder();

        ServerStartException refused = await Assert.ThrowsAsync<ServerStartException>(() => AlignServer.StartAsync(
            new HostSettings { Listen = [server.Address], Data = folder.Path, LogFormat = LogFormat.None, Workers = 0 }, Cancel));

        Assert.Contains(server.Address, refused.Message, StringComparison.Ordinal);
        Assert.Contains("another port", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://127.0.0.1:0", "--tls-certificate")]
    [InlineData("ftp://127.0.0.1:5080", "must read http://host:port")]
    [InlineData("127.0.0.1:5080", "must read http://host:port")]
    [InlineData("http://example:5080", "names the host example")]
    [InlineData("http://127.0.0.1:5080/path", "must read http://host:port")]
    public async Task An_address_that_cannot_be_listened_on_is_refused(string address, string words)
    {
        using var folder = new TestFolder();
        ServerStartException refused = await Assert.ThrowsAsync<ServerStartException>(() => AlignServer.StartAsync(
            new HostSettings { Listen = [address], Data = folder.Path, LogFormat = LogFormat.None, Workers = 0 }, Cancel));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }
}
