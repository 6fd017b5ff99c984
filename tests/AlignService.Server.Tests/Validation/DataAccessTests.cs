using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Validation;

/// <summary>What a request can read through a job's data: files below the data root and the operator's roots, up to the operator's size, while somebody waits.</summary>
public sealed class DataAccessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_below_a_root_are_read_and_others_are_not()
    {
        using var allowed = new TestFolder();
        using var forbidden = new TestFolder();
        string good = allowed.Write("deep/prompts.jsonl", "{\"prompt\": \"a\", \"answer\": 1}\n");
        string secret = forbidden.Write("secret.jsonl", "{\"prompt\": \"s3cr3t\", \"answer\": 1}\n");
        File.CreateSymbolicLink(Path.Combine(allowed.Path, "link.jsonl"), secret);
        await using TestServer server = await TestServer.StartAsync(options => options with { Roots = [allowed.Path] }, Cancel);
        string own = server.Folder.Write("own.jsonl", "{\"prompt\": \"a\", \"answer\": 1}\n");

        Assert.Empty((await ValidateAsync(server, good)).Warnings);
        Assert.Empty((await ValidateAsync(server, own)).Warnings);
        Assert.Empty((await ValidateAsync(server, "own.jsonl")).Warnings);
        foreach (string path in (string[])[secret, Path.Combine(allowed.Path, "link.jsonl"), $"{allowed.Path}/../{Path.GetFileName(forbidden.Path)}/secret.jsonl", "../../../../../../etc/passwd", "/proc/self/environ", "/dev/zero", forbidden.Path])
        {
            string refusal = await RefusalAsync(server, path);
            Assert.Contains($"is outside the directories that jobs may read ({server.Folder.Path}, {allowed.Path})", refusal, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cr3t", refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Data_beyond_the_operators_size_are_refused()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { MaxDataMib = 1 }, Cancel);
        server.Folder.Write("prompts.csv", "prompt,answer\n" + string.Concat(Enumerable.Repeat($"{new string('x', 1000)},1\n", 1100)));

        Assert.Contains("holds more than 1 MiB", await RefusalAsync(server, "prompts.csv"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_ends_when_nobody_waits()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        await File.WriteAllLinesAsync(Path.Combine(server.Folder.Path, "long.jsonl"), Enumerable.Repeat("{\"prompt\": \"a prompt of some words\", \"answer\": 1}", 2_000_000), Cancel);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using AsyncUnaryCall<CreateJobResponse> call = server.Jobs.CreateJobAsync(Request(server, "long.jsonl"), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(300), cancellationToken: cancel.Token);

        RpcException ended = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(StatusCode.DeadlineExceeded, ended.StatusCode);
    }

    [Fact]
    public async Task Template_split_and_nested_fields_pass_through_the_wire()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        server.Folder.Write("rows.jsonl", string.Concat(Enumerable.Range(0, 40).Select(i => $"{{\"question\": {{\"text\": \"{i} + 1 =\"}}, \"solution\": {{\"value\": {i + 1}}}}}\n")));
        CreateJobRequest request = Request(server, "rows.jsonl");
        (request.Spec.Grpo.Prompts.PromptTemplate, request.Spec.Grpo.Prompts.AnswerField) = ("Sum: {question.text}", "solution.value");
        (request.Spec.Grpo.Prompts.HeldOutFraction, request.Spec.Grpo.Prompts.HeldOutSeed) = (0.25, 5);
        request.Spec.Grpo.Evaluation = new EvaluationSettings { PassAt = { 1 } }; // has an effect only where something is held out

        CreateJobResponse response = await server.Jobs.CreateJobAsync(request, cancellationToken: Cancel);

        Assert.Empty(response.Warnings);
        PromptSource kept = response.Job.Spec.Grpo.Prompts;
        Assert.Equal((0.25, 5, "Sum: {question.text}", "solution.value"), (kept.HeldOutFraction, kept.HeldOutSeed, kept.PromptTemplate, kept.AnswerField));
    }

    private static CreateJobRequest Request(TestServer server, string path)
    {
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Grpo.Prompts = new PromptSource { File = path };
        return new CreateJobRequest { Spec = spec, ValidateOnly = true };
    }

    private static async Task<CreateJobResponse> ValidateAsync(TestServer server, string path) => await server.Jobs.CreateJobAsync(Request(server, path), cancellationToken: Cancel);

    private static async Task<string> RefusalAsync(TestServer server, string path)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => ValidateAsync(server, path));
        BadRequest.Types.FieldViolation violation = Assert.Single(refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations);
        Assert.Equal("spec.grpo.prompts.file", violation.Field);
        return violation.Description;
    }
}
