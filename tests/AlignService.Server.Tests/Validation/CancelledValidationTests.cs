using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Validation;

/// <summary>Where nobody waits for an answer any more, the work ends in the middle of a row, a template or a schema.</summary>
public sealed class CancelledValidationTests
{
    private const int TurnCount = 6_000;

    /// <summary>Far more than the end takes, and far less than the work would: a server that stops waits for the calls in progress.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(8);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Every answer is found by rendering the conversation up to it, twice: one row of a few hundred kilobytes takes most of a minute.</summary>
    [Fact]
    public async Task One_long_conversation_does_not_outlive_its_call()
    {
        TestServer server = await TestServer.StartAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        server.Folder.Write("models/policy/chat_template.jinja", "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}");
        Example row = new();
        for (int i = 0; i < TurnCount; i++)
        {
            row.Messages.Add(new Message { Role = i % 2 == 0 ? "user" : "assistant", Content = $"turn {i} of a long conversation" });
        }

        spec.Supervised = new SupervisedJob { Model = "models/policy", Examples = new ExampleSource { Inline = { row } } };
        await EndsSoonAsync(server, spec);
    }

    /// <summary>Each pattern takes a tenth of a second to compile, and there are two hundred.</summary>
    [Fact]
    public async Task Many_schemas_with_patterns_do_not_outlive_their_call()
    {
        TestServer server = await TestServer.StartAsync(Cancel);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        string nested = new string('(', 4_900) + "a" + new string(')', 4_900);
        string schema = $$"""{"allOf": [{{string.Join(',', Enumerable.Repeat($$"""{"pattern": "{{nested}}"}""", 24))}}] }""";
        for (int i = 0; i < 4; i++)
        {
            spec.Grpo.Rewards.Add(new RewardSource { Name = $"schema{i}", Json = new JsonReward { Schema = schema } });
        }

        for (int i = 0; i < 8; i++)
        {
            spec.Grpo.Rewards.Add(new RewardSource { Name = $"pattern{i}", RegularExpression = new RegularExpressionReward { Pattern = nested } });
        }

        await EndsSoonAsync(server, spec);
    }

    private static async Task EndsSoonAsync(TestServer server, JobSpec spec)
    {
        await using (server)
        {
            RpcException ended = await Assert.ThrowsAsync<RpcException>(() => server.Jobs.CreateJobAsync(
                new CreateJobRequest { Spec = spec, ValidateOnly = true },
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1), cancellationToken: Cancel).ResponseAsync);
            Assert.Equal(StatusCode.DeadlineExceeded, ended.StatusCode);

            long start = TimeProvider.System.GetTimestamp();
            await server.StopAsync();
            Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, LongestEnd);
        }
    }
}
