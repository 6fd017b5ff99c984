using System.Diagnostics;
using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Sampling;

/// <summary>Requests that cannot be answered: each is refused with its field, in time, before any model is loaded.</summary>
public sealed class HostileSampleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, Action<SampleRequest>> Wrong => new()
    {
        { "model", "it is empty", request => request.Model = "" },
        { "model", "does not exist", request => request.Model = "nowhere/at/all" },
        { "model", "is not a name of models", request => request.Model = "jobs/../checkpoints/last" },
        { "model", "is not a name of models", request => request.Model = "jobs/abcd1234/checkpoints/step-1" },
        { "model", "does not exist", request => request.Model = "models/../../etc" },
        { "model", "NUL", request => request.Model = "a\0b" },
        { "model", "is not a Hugging Face model", request => request.Model = "/etc" },
        { "model", "", request => request.Model = new string('x', 1_000_000) },
        { "prompt", "neither text nor messages", request => request.Prompt = null },
        { "prompt", "has no chat template", request => request.Prompt = new Prompt { Messages = { new Message { Role = "user", Content = "a" } } } },
        { "prompt", "has no role", request => request.Prompt = new Prompt { Messages = { new Message { Content = "a" } } } },
        { "prompt", "1000001 characters; at most 1000000", request => request.Prompt.Text = new string('a', 1_000_001) },
        { "prompt", "tokens, and the model's context 64", request => request.Prompt.Text = new string('a', 1_000_000) },
        { "prompt.messages", "there are 10001", request => request.Prompt = new Prompt { Messages = { Enumerable.Repeat(new Message { Role = "user" }, 10_001) } } },
        { "prompt", "max_prompt_length is 2", request => request.Sampling.MaxPromptLength = 2 },
        { "sampling.temperature", "it is 3; it must be in [0, 2]", request => request.Sampling.Temperature = 3 },
        { "sampling.temperature", "it is NaN", request => request.Sampling.Temperature = double.NaN },
        { "sampling.top_p", "it is 0", request => request.Sampling.TopP = 0 },
        { "sampling.top_k", "it is -1", request => request.Sampling.TopK = -1 },
        { "sampling.max_completion_length", "it is 0", request => request.Sampling.MaxCompletionLength = 0 },
        { "sampling.max_completion_length", "it is 2147483647", request => request.Sampling.MaxCompletionLength = int.MaxValue },
        { "sampling.overlong_prompts", "it is drop", request => request.Sampling.OverlongPrompts = OverlongPrompts.Drop },
        { "sampling.stop_strings", "there are 65", request => request.Sampling.StopStrings.Add(Enumerable.Repeat("a", 65)) },
        { "sampling.stop_strings[1]", "it has 0 characters", request => request.Sampling.StopStrings.Add(["a", ""]) },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task Wrong_request_is_refused_with_its_field(string field, string words, Action<SampleRequest> change)
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);
        SampleRequest request = SamplingServer.Raw(SamplingServer.Policy, "sort ejcmd:");
        change(request);
        long start = Stopwatch.GetTimestamp();

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => server.SampleAsync(request, Cancel));

        BadRequest.Types.FieldViolation violation = Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations);
        Assert.Equal((StatusCode.InvalidArgument, field), (refused.StatusCode, violation.Field));
        Assert.Contains(words, violation.Description, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < Patience);
        Assert.Empty(server.Processes.Running);
    }

    [Fact]
    public async Task All_faults_are_named_at_once()
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);
        SampleRequest request = new() { Sampling = new AnswerSampling { Temperature = -1, TopP = 2 } };

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => server.SampleAsync(request, Cancel));

        Assert.Equal(
            ["model", "prompt", "sampling.temperature", "sampling.top_p"],
            refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(violation => violation.Field).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{% for i in range(1000000000) %}{% for j in range(1000000000) %}{{ i }}{% endfor %}{% endfor %}")]
    [InlineData("{% macro again(x) %}{{ again(x) }}{% endmacro %}{{ again(1) }}")]
    [InlineData("{{ raise_exception('no roles here') }}")]
    public async Task Template_that_fails_or_loops_is_the_requests_fault(string template)
    {
        await using SamplingServer server = await SamplingServer.StartAsync(Cancel);
        foreach (string file in Directory.GetFiles(SamplingServer.Policy))
        {
            server.Server.Folder.Write("looping/.keep", "");
            File.Copy(file, Path.Combine(server.Server.Folder.Path, "looping", Path.GetFileName(file)));
        }

        server.Server.Folder.Write("looping/chat_template.jinja", template);
        SampleRequest request = SamplingServer.Raw("looping", "");
        request.Prompt = new Prompt { Messages = { new Message { Role = "user", Content = "a" } } };
        long start = Stopwatch.GetTimestamp();

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => server.SampleAsync(request, Cancel));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Equal("prompt", Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field);
        Assert.True(Stopwatch.GetElapsedTime(start) < Patience);
    }
}
