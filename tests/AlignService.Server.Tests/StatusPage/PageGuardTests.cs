using System.Net;
using AlignService.Server.Tests.Fixtures;
using Xunit;

namespace AlignService.Server.Tests.StatusPage;

/// <summary>A page elsewhere cannot read ours through the browser of somebody who may.</summary>
public sealed class PageGuardTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("evil.example.com", HttpStatusCode.MisdirectedRequest)]
    [InlineData("evil.example.com:5080", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost.evil.example.com", HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example.com", HttpStatusCode.MisdirectedRequest)]
    [InlineData("align", HttpStatusCode.MisdirectedRequest)]
    [InlineData("align.internal", HttpStatusCode.OK)]
    [InlineData("ALIGN.internal:80", HttpStatusCode.OK)]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("10.1.2.3:5080", HttpStatusCode.OK)]
    [InlineData("[::1]:5080", HttpStatusCode.OK)]
    public async Task A_host_name_must_be_known(string host, HttpStatusCode expected)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { PageHosts = ["align.internal"] }, Cancel);
        foreach (string path in new[] { "/", "/api/jobs", "/assets/page.js", "/jobs/abcd" })
        {
            Assert.Equal(expected == HttpStatusCode.OK, await AskAsync(server, path, ("Host", host)) != HttpStatusCode.MisdirectedRequest);
        }

        Assert.Equal(expected, await AskAsync(server, "/api/jobs", ("Host", host)));
    }

    [Theory]
    [InlineData("same-origin", "cors", HttpStatusCode.OK)]
    [InlineData("none", "navigate", HttpStatusCode.OK)]
    [InlineData("cross-site", "navigate", HttpStatusCode.OK)] // a link to the page
    [InlineData("cross-site", "cors", HttpStatusCode.Forbidden)]
    [InlineData("cross-site", "no-cors", HttpStatusCode.Forbidden)]
    [InlineData("same-site", "cors", HttpStatusCode.Forbidden)]
    public async Task Data_is_for_the_page_itself(string site, string mode, HttpStatusCode expected)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        Assert.Equal(expected, await AskAsync(server, "/api/jobs", ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode)));
    }

    [Fact]
    public async Task Any_name_is_known_where_the_operator_says_so()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { PageHosts = ["*"] }, Cancel);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(server, "/", ("Host", "anything.example.com")));
    }

    private static async Task<HttpStatusCode> AskAsync(TestServer server, string path, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Address + path);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage response = await client.SendAsync(request, Cancel);
        return response.StatusCode;
    }
}
