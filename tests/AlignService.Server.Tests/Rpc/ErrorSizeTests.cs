using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Rpc;

/// <summary>Errors that every client can receive, however large what they are about is.</summary>
public sealed class ErrorSizeTests
{
    /// <summary>What a call's trailers may hold: clients on gRPC's C core take 8 KB with all else that is in them.</summary>
    private const int LargestTrailers = 6 * 1024;

    /// <summary>Beyond any quotation of a value.</summary>
    private const int LongestRun = 220;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, Action<CreateJobRequest>> Requests
    {
        get
        {
            TheoryData<string, Action<CreateJobRequest>> data = new();
            data.Add("a long profile", request => request.Spec.Grpo.Algorithm.Profile = new string('b', 1_000_000));
            data.Add("a long model", request => request.Spec.Grpo.Model = new string('m', 100_000));
            data.Add("a long name that is not ASCII", request => request.Spec.DisplayName = new string('漢', 50_000));
            data.Add("long labels", request => request.Spec.Labels.Add(Enumerable.Range(0, 3000).ToDictionary(i => $"{i}{new string('k', 500)}", _ => new string('v', 500))));
            data.Add("many sources without a kind", request => request.Spec.Grpo.Rewards.Add(Enumerable.Range(0, 5000).Select(i => new RewardSource { Name = $"r{i}" })));
            data.Add("faulty names of sources", request => request.Spec.Grpo.Rewards.Add(Enumerable.Range(0, 50).Select(i => new RewardSource { Name = new string('%', 400), Length = new LengthReward() })));
            data.Add("jobs that are none", request => request.Spec.After.Add(Enumerable.Range(0, 2000).Select(i => new string('/', 50 + i))));
            data.Add("a long request id", request => request.RequestId = new string('r', 300_000));
            data.Add("a request id with NUL", request => request.RequestId = "a\0b");
            data.Add("a long pattern", request => request.Spec.Grpo.Rewards.Add(new RewardSource { Name = "p", RegularExpression = new RegularExpressionReward { Pattern = new string('[', 500_000) } }));
            data.Add("a long script", request => request.Spec.Grpo.Rewards.Add(new RewardSource { Name = "s", JavaScript = new JavaScriptReward { Script = new string('(', 60_000) } }));
            data.Add("bad rows", request => request.Spec.Grpo.Prompts.Inline.Add(Enumerable.Range(0, 20_000).Select(_ => new Prompt { ToolsJson = new string('{', 100) })));
            return data;
        }
    }

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Requests))]
    public async Task An_error_fits_and_the_list_has_everything(string what, Action<CreateJobRequest> change)
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        var request = new CreateJobRequest { Spec = SampleSpecs.Valid(server.Folder) };
        change(request);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel));
        request.ValidateOnly = request.ListViolations = true;
        CreateJobResponse listed = await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel);

        Assert.True(refused.StatusCode == StatusCode.InvalidArgument, $"{what}: {refused.Status}");
        int size = Uri.EscapeDataString(refused.Status.Detail).Length + refused.Trailers.Sum(entry => entry.Key.Length + (entry.IsBinary ? (entry.ValueBytes.Length * 4 / 3) + 4 : entry.Value.Length));
        Assert.InRange(size, 100, LargestTrailers);
        IEnumerable<BadRequest.Types.FieldViolation> first = refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations;
        BadRequest.Types.FieldViolation? more = first.FirstOrDefault(violation => violation.Reason == "MORE");
        Assert.Equal(listed.Violations.Take(first.Count(violation => violation != more)).Select(violation => violation.Field), first.Where(violation => violation != more).Select(violation => violation.Field));
        Assert.Equal(listed.Violations.Count + listed.OmittedViolations > first.Count(), more is not null && listed.Violations.Count + listed.OmittedViolations > first.Count());
        Assert.All(listed.Violations, violation => Assert.InRange(LongestRunIn(violation.Description), 0, LongestRun));
        Assert.InRange(listed.CalculateSize(), 1, 1_000_000);
    }

    [Fact]
    public async Task A_valid_spec_has_no_violations_to_list()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        CreateJobResponse response = await server.Jobs.CreateJobAsync(
            new CreateJobRequest { Spec = SampleSpecs.Valid(server.Folder), ValidateOnly = true, ListViolations = true }, cancellationToken: Cancel);

        Assert.Empty(response.Violations);
        Assert.Equal("grpo", response.Job.Spec.Grpo.Algorithm.Profile);
    }

    [Fact]
    public async Task A_request_beyond_the_limit_is_refused_with_the_limit_and_one_below_it_is_read()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { MaxMessageMib = 40 }, Cancel);
        var request = new CreateJobRequest { Spec = SampleSpecs.Valid(server.Folder), ValidateOnly = true };
        request.Spec.Grpo.Rewards.Add(new RewardSource { Name = "long", ExactMatch = new ExactMatchReward() });
        request.Spec.Grpo.Prompts.Inline.Add(new Prompt { Text = new string('a', 41 << 20), Answer = "4" });

        RpcException large = await Assert.ThrowsAsync<RpcException>(async () => await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel));
        Assert.Equal(StatusCode.ResourceExhausted, large.StatusCode);

        // Above the 30,000,000 bytes that a web server takes by itself.
        request.Spec.Grpo.Prompts.Inline[^1].Text = new string('a', 36 << 20);
        RpcException read = await Assert.ThrowsAsync<RpcException>(async () => await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel));
        Assert.Equal(StatusCode.InvalidArgument, read.StatusCode);
        Assert.Contains("prompts", read.Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>Most times that one character stands in a row.</summary>
    private static int LongestRunIn(string text)
    {
        int longest = 0, run = 0;
        for (int i = 0; i < text.Length; i++)
        {
            run = i > 0 && text[i] == text[i - 1] ? run + 1 : 1;
            longest = Math.Max(longest, run);
        }

        return longest;
    }
}
