using System.Text.Json.Nodes;
using AlignService.Server.Tests.Fixtures;
using Xunit;

namespace AlignService.Server.Tests.StatusPage;

/// <summary>The page's charts are the metric catalogue's.</summary>
public sealed class MetricChartsTests
{
    [Fact]
    public async Task Charts_AreThoseOfTheCatalogueWithTheirCurves()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using TestServer server = await TestServer.StartAsync(cancel);
        using var client = new HttpClient();
        JsonArray charts = JsonNode.Parse(await client.GetStringAsync(new Uri($"{server.Address}/api/charts"), cancel))!.AsArray();

        Assert.Equal(
            ["Reward", "KL to the reference", "Completion length", "Held out"],
            charts.Where(chart => (bool)chart!["isMain"]!).Select(chart => (string)chart!["title"]!));
        Assert.All(charts, chart => Assert.NotEmpty(chart!["series"]!.AsArray()));
        JsonNode reward = charts[0]!["series"]![0]!;
        Assert.Equal(("reward/mean", "mean", "reward/std"), ((string)reward["metric"]!, (string)reward["label"]!, (string)reward["band"]!));
        Assert.Equal("nats", (string)charts[1]!["unit"]!);
        Assert.Contains(charts[3]!["series"]!.AsArray(), curve => (string)curve!["metric"]! == "eval/{name}/mean" && (bool)curve["isSparse"]!);
    }
}
