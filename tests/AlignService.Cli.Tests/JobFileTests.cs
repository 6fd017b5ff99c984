using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

public sealed class JobFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("grpo:\n  modle: x\n", 2, "\"modle\" is not a field of grpo; did you mean model?")]
    [InlineData("grpo:\n  model: x\n  group_size: 4\n", 3, "it belongs in grpo.algorithm")]
    [InlineData("supervised:\n  model: x\noptimizer: {}\n", 3, "it belongs in supervised.")]
    [InlineData("preference:\n  model: x\n  batch_size: 4\n", 3, "it belongs in preference.training.")]
    [InlineData("reward_model:\n  training:\n    learning_rate: 1\n", 3, "it belongs in reward_model.optimizer.")]
    [InlineData("max_duration: 1h\ngrpo: {}\n", 1, "it belongs in limits.")]
    [InlineData("grpo:\n  algorithm:\n    objective: cliped\n", 3, "did you mean clipped?")]
    [InlineData("grpo:\n  algorithm:\n    aggregation: nonsense\n", 3, "known: constant, sequence_mean, token_mean, token_sum")]
    [InlineData("grpo:\n  algorithm:\n\n    steps: 3.5\n", 4, "steps must be a whole number")]
    [InlineData("grpo:\n  algorithm:\n    clip_low: .inf\n", 3, "clip_low must be a number; it is \".inf\"")]
    [InlineData("grpo:\n  algorithm:\n    dynamic_sampling: yes\n", 3, "dynamic_sampling must be true or false; it is \"yes\"")]
    [InlineData("grpo:\n  rewards:\n    name: a\n", 3, "rewards must be a list")]
    [InlineData("grpo:\n  rewards:\n    - name: a\n      length: {}\n      exact_match: {}\n", 5, "length and exact_match exclude each other")]
    [InlineData("grpo:\n  model: [a]\n", 2, "model must be a single value; it is a list")]
    [InlineData("seed: -1\n", 1, "seed must be a whole number in [0, 18446744073709551615]")]
    [InlineData("limits:\n  max_duration: soon\n", 2, "max_duration must be a duration such as 90s, 30m or 1h30m; it is \"soon\"")]
    [InlineData("labels: [a]\n", 1, "labels must be a mapping of names to values")]
    [InlineData("seed: 1\nseed: 2\n", 2, "seed")]
    [InlineData("seed: [\n", 2, "valid YAML")]
    [InlineData("", 1, "The file is empty; a job file has one of the keys grpo, supervised, preference and reward_model.")]
    [InlineData("seed: 1\n---\nseed: 2\n", 2, "more than one document")]
    [InlineData("- a\n", 1, "A job file must be a mapping of fields, but this is a list")]
    public async Task A_fault_in_yaml_is_named_with_its_line(string yaml, int line, string message)
    {
        string path = _folder.Write("job.yaml", yaml);

        var result = (await AlignProgram.RunAsync("validate", path, "--json")).Exits(2);

        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains($"{path}:{line}: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(line, (int)result.Json["error"]!["faults"]![0]!["line"]!);
    }

    [Theory]
    [InlineData("{\n  \"grpo\": {\n    \"modle\": \"x\"\n  }\n}", 3, "did you mean model?")]
    [InlineData("{\n\t\"seed\": \"x\"\n}", 2, "seed must be a whole number")]
    [InlineData("{\n  \"seed\": 1,\n  \"seed\": 2\n}", 3, "The key \"seed\" is given twice")]
    [InlineData("{\n  \"seed\": 1\n}}", 3, "invalid")]
    [InlineData("{\n  \"seed\": \n}", 3, "invalid")]
    [InlineData("{ \"grpo\": { \"sampling\": { \"top_k\": 1,\n \"topK\": 2 } } }", 2, "top_k is given twice")]
    public async Task A_fault_in_json_is_named_with_its_line(string json, int line, string message)
    {
        string path = _folder.Write("job.json", json);

        var result = (await AlignProgram.RunAsync("submit", path)).Exits(2);

        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains($"{path}:{line}: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_fault_is_reported_at_once()
    {
        string path = _folder.Write("job.yaml", "sed: 1\ngrpo:\n  modle: x\n  algorithm:\n    steps: many\n");

        var result = (await AlignProgram.RunAsync("validate", path, "--json")).Exits(2);

        Assert.Equal([1, 3, 5], result.Json["error"]!["faults"]!.AsArray().Select(fault => (int)fault!["line"]!));
    }

    [Fact]
    public async Task A_missing_file_is_answered_with_the_near_ones()
    {
        _folder.Write("job.yaml", "");

        var result = (await AlignProgram.RunAsync("submit", Path.Combine(_folder.Path, "jop.yaml"))).Exits(2);

        Assert.Contains("does not exist; similar: job.yaml", result.Error, StringComparison.Ordinal);
    }

    private static string ExampleFolder => Path.Combine(Repository.Root, "examples");

    public static TheoryData<string> Examples =>
        [.. Directory.EnumerateFiles(ExampleFolder, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".yaml" or ".json" && Path.GetRelativePath(ExampleFolder, file).Split(Path.DirectorySeparatorChar)[0] is not ("clients" or "scorers")).Select(file => Path.GetRelativePath(ExampleFolder, file))];

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_is_a_readable_job_file_that_names_the_schema(string name)
    {
        string path = Path.Combine(ExampleFolder, name);

        // Exit code 3, not 2: the file was read in full, only then was a server asked for.
        (await AlignProgram.RunAsync("submit", path, "--server", "127.0.0.1:1")).Exits(3);

        Assert.Contains("../schema/job.schema.json", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schema_that_the_build_writes_is_the_one_that_the_program_prints()
    {
        string built = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "schema", "job.schema.json"), TestContext.Current.CancellationToken);

        string printed = (await AlignProgram.RunAsync("schema")).Exits(0).Output;

        Assert.Equal(printed, built);
    }

    [Fact]
    public async Task The_committed_document_of_settings_is_the_one_that_the_program_generates()
    {
        string committed = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "settings.md"), TestContext.Current.CancellationToken);

        string generated = (await AlignProgram.RunAsync("schema", "--markdown")).Exits(0).Output;

        Assert.True(committed == generated, "docs/settings.md is out of date; run `align schema --markdown > docs/settings.md`.");
    }

    /// <summary>What other trainers call a setting, and blocks of other kinds of training, are known.</summary>
    [Theory]
    [InlineData("grpo:\n  algorithm:\n    num_generations: 8\n", "it is called group_size here.")]
    [InlineData("grpo:\n  algorithm:\n    beta: 0.1\n", "it is called kl_coefficient here.")]
    [InlineData("grpo:\n  algorithm:\n    max_steps: 5\n", "it is called steps here.")]
    [InlineData("grpo:\n  algorithm:\n    per_device_train_batch_size: 5\n", "it is called prompts_per_step here.")]
    [InlineData("grpo:\n  algorithm:\n    lr: 5\n", "it is called grpo.optimizer.learning_rate here.")]
    [InlineData("grpo:\n  max_new_tokens: 5\n", "it is called grpo.sampling.max_completion_length here.")]
    [InlineData("dpo:\n  beta: 0.1\n", "it is called preference here.")]
    [InlineData("sft: {}\n", "it is called supervised here.")]
    [InlineData("supervised:\n  peft_config: {}\n", "it is called adapter here.")]
    [InlineData("supervised:\n  training:\n    num_train_epochs: 3\n", "it is called epochs here.")]
    [InlineData("grpo:\n  adapter:\n    r: 8\n", "it is called rank here.")]
    [InlineData("grpo:\n  adapter:\n    lora_alpha: 8\n", "it is called alpha here.")]
    [InlineData("grpo:\n  memory:\n    gradient_checkpointing: true\n", "it is called activation_checkpointing here.")]
    public async Task A_name_of_another_trainer_is_known(string yaml, string message)
    {
        string path = _folder.Write("job.yaml", yaml);

        var result = (await AlignProgram.RunAsync("validate", path)).Exits(2);

        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_number_of_the_schema_has_bounds_or_any_number_will_do()
    {
        var definitions = (await AlignProgram.RunAsync("schema")).Exits(0).Json["definitions"]!.AsObject();
        var numbers = definitions.SelectMany(definition => definition.Value!["properties"]!.AsObject()).Select(property => property.Value!).Where(property => (string?)property["type"] is "integer" or "number").ToArray();
        Assert.True(numbers.Count(number => number["minimum"] is not null || number["exclusiveMinimum"] is not null || number["maximum"] is not null) >= 75, "bounds were lost");
        Assert.True(numbers.Count(number => number["default"] is not null) >= 75, "defaults were lost");
    }

    [Fact]
    public async Task The_schema_describes_fields_with_their_types_and_the_protos_words()
    {
        var definitions = (await AlignProgram.RunAsync("schema")).Exits(0).Json["definitions"]!;

        var algorithm = definitions["GrpoAlgorithm"]!["properties"]!;
        Assert.Equal("integer", (string)algorithm["group_size"]!["type"]!);
        Assert.Contains("Completions per prompt", (string)algorithm["group_size"]!["description"]!, StringComparison.Ordinal);
        Assert.Contains("clipped", algorithm["objective"]!["enum"]!.AsArray().Select(value => (string)value!));
        Assert.False((bool)definitions["GrpoJob"]!["additionalProperties"]!);
        Assert.Contains("exact_match", definitions["RewardSource"]!["oneOf"]!.AsArray().SelectMany(choice => choice!["required"]!.AsArray()).Select(name => (string)name!));
        Assert.All(definitions.AsObject(), definition => Assert.NotNull(definition.Value!["properties"]));
        Assert.All(References(definitions), reference => Assert.NotNull(definitions[reference["#/definitions/".Length..]]));
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(pair => pair.Key == "$ref" ? [(string)pair.Value!] : References(pair.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
