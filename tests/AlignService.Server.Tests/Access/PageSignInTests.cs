using System.Net;
using Xunit;
using Role = AlignService.Store.Access.Role;

namespace AlignService.Server.Tests.Access;

public sealed class PageSignInTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Page_OpensForAKey_AndShowsItsProjectOnly()
    {
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel);
        string red = KeyOf(await guarded.KeyAsync(GuardedServer.Red, Role.Submit, Cancel)), blue = KeyOf(await guarded.KeyAsync(GuardedServer.Blue, Role.Read, Cancel));
        string job = await guarded.CreateAsync(GuardedServer.WithKey(red), Cancel);

        using HttpClient stranger = Browser(guarded);
        Assert.Equal("/sign-in", (await stranger.GetAsync("/", Cancel)).Headers.Location?.OriginalString);
        foreach (string path in new[] { "/api/jobs", "/api/charts", $"/api/{job}", $"/api/{job}/events" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync(path, Cancel)).StatusCode);
        }

        Assert.Equal("/sign-in#refused", (await SignInAsync(stranger, $"{red}x")).Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/api/jobs", Cancel)).StatusCode);

        using HttpClient owner = Browser(guarded), other = Browser(guarded);
        HttpResponseMessage signed = await SignInAsync(owner, red);
        Assert.Equal("/", signed.Headers.Location?.OriginalString);
        string cookie = Assert.Single(signed.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, (await owner.GetAsync("/", Cancel)).StatusCode);
        Assert.Contains(job, await owner.GetStringAsync("/api/jobs", Cancel), StringComparison.Ordinal);

        await SignInAsync(other, blue);
        Assert.DoesNotContain(job, await other.GetStringAsync("/api/jobs", Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync($"/api/{job}", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync($"/api/{job}/events", Cancel)).StatusCode);

        await owner.PostAsync("/sign-out", null, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, (await owner.GetAsync("/api/jobs", Cancel)).StatusCode);
    }

    private static string KeyOf(Grpc.Core.Metadata credentials) => credentials[0].Value["Bearer ".Length..];

    private static HttpClient Browser(GuardedServer guarded) =>
        new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(guarded.Server.Address) };

    private static async Task<HttpResponseMessage> SignInAsync(HttpClient browser, string key)
    {
        using var form = new FormUrlEncodedContent([new("key", key)]);
        return await browser.PostAsync("/sign-in", form, Cancel);
    }
}
