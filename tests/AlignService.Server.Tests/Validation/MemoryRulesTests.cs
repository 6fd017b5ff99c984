using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using AlignService.Specs.Sizing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AlignService.Server.Tests.Validation;

/// <summary>A job that cannot fit is refused before it waits in a queue, with what needs how much.</summary>
public sealed class MemoryRulesTests
{
    private const long Gib = 1L << 30;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(23, 1, true)] // 34 billion parameters on a laptop
    [InlineData(600, 1, true)]
    [InlineData(800, 1, false)]
    [InlineData(23, 0, false)] // workers elsewhere look for themselves
    public async Task Weights_gradients_moments_and_the_reference_must_fit(long gib, int workers, bool isRefused)
    {
        CreateJobResponse response = await ValidateAsync(gib, workers, static _ => { });

        if (isRefused)
        {
            SpecViolation violation = Assert.Single(response.Violations);
            Assert.Equal(("spec.grpo.model", "OUT_OF_RANGE"), (violation.Field, violation.Reason));
            Assert.StartsWith("the job needs at least 628.", violation.Description, StringComparison.Ordinal);
            Assert.Contains($"but this machine has {gib}.0 GiB; train an adapter", violation.Description, StringComparison.Ordinal);
        }
        else
        {
            Assert.Empty(response.Violations);
        }
    }

    [Fact]
    public async Task An_adapter_needs_the_weights_once()
    {
        CreateJobResponse small = await ValidateAsync(100, 1, spec => spec.Grpo.Adapter = new AdapterSettings());
        CreateJobResponse large = await ValidateAsync(200, 1, spec => spec.Grpo.Adapter = new AdapterSettings());

        Assert.Contains("at least 125.", Assert.Single(small.Violations).Description, StringComparison.Ordinal);
        Assert.Empty(large.Violations);
    }

    [Fact]
    public async Task Supervised_training_needs_no_reference()
    {
        CreateJobResponse response = await ValidateAsync(100, 1, spec =>
            spec.Supervised = new SupervisedJob { Model = "models/huge", Examples = new ExampleSource { Inline = { new Example { Text = "2 + 2 =", Completion = " 4" } } } });

        Assert.Contains("the job needs at least 502.", Assert.Single(response.Violations).Description, StringComparison.Ordinal);
    }

    /// <summary>Validates a job on a model of the shape of CodeLlama 34B, whose weights nobody reads.</summary>
    private static async Task<CreateJobResponse> ValidateAsync(long gib, int workers, Action<JobSpec> change)
    {
        await using TestServer server = await TestServer.StartAsync(
            options => options with { Workers = workers }, builder => builder.Services.AddSingleton(new MachineMemory(gib * Gib)), Cancel);
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        SampleSpecs.WriteModel(server.Folder, "models/huge", context: 512, architecture: "LlamaForCausalLM");
        server.Folder.Write("models/huge/config.json", """
            {
              "model_type": "llama", "architectures": ["LlamaForCausalLM"], "max_position_embeddings": 512, "hidden_size": 8192, "intermediate_size": 22016, "num_attention_heads": 64,
              "num_key_value_heads": 8, "num_hidden_layers": 48, "vocab_size": 32000, "rms_norm_eps": 1e-5, "bos_token_id": 1, "eos_token_id": 2
            }
            """);
        spec.Grpo.Model = "models/huge";
        change(spec);
        return await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true, ListViolations = true }, cancellationToken: Cancel);
    }
}
