using System.CommandLine;
using AlignService.Benchmarks;
using AlignService.Benchmarks.Chaos;
using AlignService.Benchmarks.Fidelity;
using AlignService.Benchmarks.Learning;
using AlignService.Benchmarks.Rewards;
using AlignService.Benchmarks.Service;
using AlignService.Model.Native;
using AlignService.Specs.Settings;

Option<string> model = new("--model") { Description = BenchmarkModels.Description, DefaultValueFactory = _ => "stories260k" };
Option<int> prompts = new("--prompts") { Description = "Prompts.", DefaultValueFactory = _ => 8 };
Option<int> group = new("--group") { Description = "Completions of each prompt.", DefaultValueFactory = _ => 8 };
Option<int> promptLength = new("--prompt-length") { Description = "Tokens of a prompt.", DefaultValueFactory = _ => 32 };
Option<int> completionLength = new("--completion-length") { Description = "Tokens of a completion, at most.", DefaultValueFactory = _ => 96 };
Option<int> runs = new("--runs") { Description = "Runs that count, after one that does not; the median is printed.", DefaultValueFactory = _ => 3 };
Option<bool> activationCheckpointing = new("--activation-checkpointing") { Description = "Of updates: keep only the blocks' inputs and compute the rest again." };
Option<int?> microBatch = new("--micro-batch") { Description = "Of updates: rows of one pass; left out, by the machine's memory." };
Option<FrozenDtype> held = new("--held") { Description = "Of `reference`: what the frozen model's matrices are held in.", DefaultValueFactory = _ => FrozenDtype.F32 };

BatchShape Shape(ParseResult result) =>
    new(result.GetValue(model)!, result.GetValue(prompts), result.GetValue(group), result.GetValue(promptLength), result.GetValue(completionLength));

Command Benchmark(string name, string description, Func<ParseResult, BenchmarkResult> run)
{
    Command command = new(name, description);
    command.SetAction(result => Console.Out.WriteLine(run(result).ToLine()));
    return command;
}

Option<string[]> variants = new("--variants") { Description = "Variants of `learning`; all where left out.", AllowMultipleArgumentsPerToken = true };
Option<ulong[]> seeds = new("--seeds") { Description = "Seeds of `learning`.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 2, 3] };
Option<string> output = new("--output") { Description = "Folder of curves, table and chart.", DefaultValueFactory = _ => Path.Combine("artifacts", "learning") };

Command Learning(string name, string description)
{
    Command command = new(name, description) { variants, seeds, output };
    command.Hidden = name == LearningBenchmark.RunCommand;
    return command;
}

Command learning = Learning("learning", "Lets every variant learn the demo's task, seed by seed, and tells which did.");
learning.SetAction(result => LearningBenchmark.CompareAsync(
    result.GetValue(variants) is { Length: > 0 } named ? [.. named.Select(LearningVariants.Find)] : LearningVariants.All, result.GetValue(seeds)!, result.GetValue(output)!));
Command klControl = new("kl-control", "Holds the KL near two targets from coefficients ten times too small and too large.") { seeds, output };
klControl.SetAction(result => LearningBenchmark.ControlKlAsync(result.GetValue(seeds)!, result.GetValue(output)!));
Command learningRun = Learning(LearningBenchmark.RunCommand, "One run of `learning`.");
learningRun.SetAction(result => LearningBenchmark.RunOne(result.GetValue(variants)!.Single(), result.GetValue(seeds)!.Single(), result.GetValue(output)!));

Option<string> format = new("--format") { Description = $"Of `data`: {DataBenchmark.Formats}.", DefaultValueFactory = _ => "jsonl" };
Option<int> rows = new("--rows") { Description = "Of `data`: rows of the file.", DefaultValueFactory = _ => 100_000 };
Command data = new("data", "Rows of a data file read a second.") { format, rows };
data.SetAction(async result => Console.Out.WriteLine((await DataBenchmark.RunAsync(result.GetValue(format)!, result.GetValue(rows), result.GetValue(runs))).ToLine()));

RootCommand root = new("Measures speed and peak memory, one JSON line a result. One benchmark a process, so that the peak is its own.")
{
    Benchmark("tokenizer", "Tokens encoded a second.", result => TokenizerBenchmark.Run(result.GetValue(model)!, result.GetValue(runs))),
    Benchmark("rollout", "Tokens sampled a second.", result => RolloutBenchmark.Run(Shape(result), result.GetValue(runs))),
    Benchmark("update", "Completion tokens trained a second by a GRPO update.", result =>
        UpdateBenchmark.Run(Shape(result), result.GetValue(runs), result.GetValue(activationCheckpointing), result.GetValue(microBatch))),
    Benchmark("reference", "Completion tokens a second that a frozen model reads log-probs of.", result =>
        ReferenceBenchmark.Run(Shape(result), result.GetValue(runs), result.GetValue(held))),
    data,
    learning,
    klControl,
    learningRun,
};
foreach (Command fidelity in FidelityBenchmark.Commands())
{
    root.Subcommands.Add(fidelity);
}

root.Subcommands.Add(ChaosBenchmark.Command());
root.Subcommands.Add(RewardFaultBenchmark.Command());
foreach (Command service in ServiceBenchmark.Commands())
{
    root.Subcommands.Add(service);
}

foreach (Option option in new Option[] { model, prompts, group, promptLength, completionLength, runs, activationCheckpointing, microBatch, held })
{
    option.Recursive = true;
    root.Options.Add(option);
}

TorchRuntime.Initialize(new TorchRuntimeOptions());
return await root.Parse(args).InvokeAsync();
