using AlignService.Contracts.V1;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Access;

public sealed class TokenTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Token_OfTheIssuer_IsItsSubjectInItsProject()
    {
        await using TokenIssuer issuer = await TokenIssuer.StartAsync(Cancel);
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel, settings => settings with { OidcIssuer = issuer.Address });
        GetCallerResponse caller = await AskAsync(guarded, issuer.Token("ada"));
        Assert.Equal(("ada", "projects/red", Role.Submit), (caller.Name, caller.Project, caller.Role));

        // Keys are rotated: what the new one signs is accepted without a restart.
        issuer.RotateKey();
        await WaitForAsync(async () => (await AskAsync(guarded, issuer.Token("ada"))).Name == "ada");
    }

    [Fact]
    public async Task Token_ThatIsNotTheIssuers_IsRefused()
    {
        await using TokenIssuer issuer = await TokenIssuer.StartAsync(Cancel);
        await using GuardedServer guarded = await GuardedServer.StartAsync(Cancel, settings => settings with { OidcIssuer = issuer.Address });
        string good = issuer.Token("ada");
        string[] parts = good.Split('.');
        string none = $"{Convert.ToBase64String("{\"alg\":\"none\"}"u8).TrimEnd('=')}.{parts[1]}.";
        foreach (string token in new[]
        {
            issuer.Token("ada", audience: "another"),
            issuer.Token("ada", seconds: -60),
            issuer.Token("ada", issuer: "http://127.0.0.1:1"),
            issuer.Token("ada", key: TokenIssuer.NewKey()),
            $"{parts[0]}.{parts[1]}.{parts[2][..^8]}AAAAAAAA",
            none,
            "nonsense",
        })
        {
            Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => AskAsync(guarded, token))).StatusCode);
        }

        foreach (string token in new[] { issuer.Token("ada", role: "emperor"), issuer.Token("ada", role: null), issuer.Token("ada", project: null), issuer.Token("ada", project: "No/Name"), issuer.Token("ada", role: "7") })
        {
            Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(() => AskAsync(guarded, token))).StatusCode);
        }

        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => AskAsync(guarded, issuer.Token("ada", project: "unknown")))).StatusCode);
    }

    private static async Task<GetCallerResponse> AskAsync(GuardedServer guarded, string token) =>
        await guarded.Access.GetCallerAsync(new GetCallerRequest(), GuardedServer.WithKey(token), cancellationToken: Cancel);

    /// <summary>The library fetches keys anew at most once a second.</summary>
    private static async Task WaitForAsync(Func<Task<bool>> holds)
    {
        while (true)
        {
            try
            {
                if (await holds())
                {
                    return;
                }
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.Unauthenticated)
            {
                // Asked again.
            }
        }
    }
}
