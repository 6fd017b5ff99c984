using AlignService.Contracts.V1;
using AlignService.Server.Tests.Fixtures;
using Google.Rpc;
using Grpc.Core;
using Xunit;

namespace AlignService.Server.Tests.Validation;

/// <summary>Every check of a spec, through the wire: one change to a valid spec, and the fault or warning that it brings.</summary>
public sealed class ValidationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A change, the field it must be found at, and words of the description.</summary>
    public static TheoryData<string, Action<JobSpec>, string, string> Faults { get; } = new()
    {
        { "no kind", spec => spec.ClearKind(), "spec.kind", "set one of grpo, supervised, preference, reward_model" },
        { "display name", spec => spec.DisplayName = new string('x', 201), "spec.display_name", "201 characters; at most 200" },
        { "display name's escape", spec => spec.DisplayName = "a\u001b[31m", "spec.display_name", "control character" },
        { "label's line break", spec => spec.Labels.Add("a", "b\n"), "spec.labels", "control character" },
        { "label key", spec => spec.Labels.Add("", "x"), "spec.labels", "0 characters" },
        { "label value", spec => spec.Labels.Add("a", new string('x', 256)), "spec.labels[a]", "256 characters; at most 255" },
        { "after form", spec => spec.After.Add("job 1"), "spec.after[0]", "jobs/{job}" },
        { "after unknown", spec => spec.After.Add("jobs/nobody"), "spec.after[0]", "does not exist" },
        { "restarts", spec => spec.Limits = new JobLimits { MaxRestarts = -1 }, "spec.limits.max_restarts", "it is -1; it must be at least 0" },
        { "devices", spec => spec.Limits = new JobLimits { Devices = 4 }, "spec.limits.devices", "exactly 1 device" },
        { "duration", spec => spec.Limits = new JobLimits { MaxDuration = new() { Seconds = -1 } }, "spec.limits.max_duration", "leave it out" },

        { "profile", spec => spec.Grpo.Algorithm.Profile = "dr-grpo", "spec.grpo.algorithm.profile", "Did you mean \"dr_grpo\"?" },
        { "profile far off", spec => spec.Grpo.Algorithm.Profile = "reinforcement", "spec.grpo.algorithm.profile", "Known: cispo, dapo, dr_grpo, grpo, gspo, ppo, rloo, trl, trust_region" },
        { "steps", spec => spec.Grpo.Algorithm.Steps = 0, "spec.grpo.algorithm.steps", "at least 1" },
        { "prompts per step", spec => spec.Grpo.Algorithm.PromptsPerStep = 0, "spec.grpo.algorithm.prompts_per_step", "at least 1" },
        { "group size", spec => spec.Grpo.Algorithm.GroupSize = 1, "spec.grpo.algorithm.group_size", "compares the completions of a prompt, so it must be at least 2" },
        { "rollouts", spec => spec.Grpo.Algorithm.GroupSize = 1_000_000, "spec.grpo.algorithm.group_size", "at most 1000000" },
        { "epochs", spec => spec.Grpo.Algorithm.Epochs = 0, "spec.grpo.algorithm.epochs", "at least 1" },
        { "minibatches", spec => spec.Grpo.Algorithm.Minibatches = 65, "spec.grpo.algorithm.minibatches", "8 x 8 = 64 rollouts" },
        { "micro batch", spec => spec.Grpo.Algorithm.MicroBatchSize = -1, "spec.grpo.algorithm.micro_batch_size", "at least 1" },
        { "epsilon", spec => spec.Grpo.Algorithm.AdvantageEpsilon = double.NaN, "spec.grpo.algorithm.advantage_epsilon", "NaN" },
        { "clip low", spec => spec.Grpo.Algorithm.ClipLow = 1.5, "spec.grpo.algorithm.clip_low", "[0, 1]" },
        { "clip high", spec => spec.Grpo.Algorithm.ClipHigh = -0.1, "spec.grpo.algorithm.clip_high", "at least 0" },
        { "ratio cap", spec => spec.Grpo.Algorithm.RatioCap = 1.1, "spec.grpo.algorithm.ratio_cap", "above 1 + clip_high = 1.2" },
        { "dual clip", spec => spec.Grpo.Algorithm.DualClip = 1, "spec.grpo.algorithm.dual_clip", "above 1" },
        { "cispo", spec => spec.Grpo.Algorithm.CispoAbsoluteMax = -5, "spec.grpo.algorithm.cispo_absolute_max", "above 0" },
        { "kl", spec => spec.Grpo.Algorithm.KlCoefficient = -1, "spec.grpo.algorithm.kl_coefficient", "at least 0" },
        { "entropy", spec => spec.Grpo.Algorithm.EntropyCoefficient = -1, "spec.grpo.algorithm.entropy_coefficient", "at least 0" },
        { "top entropy", spec => spec.Grpo.Algorithm.TopEntropyFraction = 1.2, "spec.grpo.algorithm.top_entropy_fraction", "(0, 1]" },
        { "sampler cap", spec => spec.Grpo.Algorithm.SamplerCap = 0.5, "spec.grpo.algorithm.sampler_cap", "at least 1" },
        { "adaptive target", spec => spec.Grpo.Algorithm.AdaptiveKl = new AdaptiveKl { Target = 0 }, "spec.grpo.algorithm.adaptive_kl.target", "above 0" },
        { "adaptive without kl", spec => { spec.Grpo.Algorithm.AdaptiveKl = new AdaptiveKl(); spec.Grpo.Algorithm.KlCoefficient = 0; }, "spec.grpo.algorithm.adaptive_kl", "would stay 0" },
        { "kl stop", spec => spec.Grpo.Algorithm.KlStop = -1, "spec.grpo.algorithm.kl_stop", "above 0" },
        { "sync steps", spec => spec.Grpo.Algorithm.ReferenceSyncSteps = -1, "spec.grpo.algorithm.reference_sync_steps", "at least 1" },
        { "sync alpha", spec => spec.Grpo.Algorithm.ReferenceSyncAlpha = 0, "spec.grpo.algorithm.reference_sync_alpha", "(0, 1]" },
        { "rounds", spec => spec.Grpo.Algorithm.MaxSamplingRounds = 0, "spec.grpo.algorithm.max_sampling_rounds", "[1, 10000]" },
        { "overlong cache", spec => spec.Grpo.Algorithm.SoftOverlongCache = 17, "spec.grpo.algorithm.soft_overlong_cache", "[1, 16]" },

        { "synced bf16 reference", spec => { spec.Grpo.Memory = new MemorySettings { FrozenDtype = FrozenDtype.Bf16 }; spec.Grpo.Algorithm.ReferenceSyncSteps = 5; }, "spec.grpo.memory.frozen_dtype", "reference_sync_steps is 5" },
        { "bf16 natural gradient", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Memory = new MemorySettings { PolicyDtype = PolicyDtype.Bf16 }; }, "spec.grpo.memory.policy_dtype", "Leave policy_dtype at f32" },
        { "adapter rank", spec => spec.Grpo.Adapter = new AdapterSettings { Rank = 0 }, "spec.grpo.adapter.rank", "[1, 16384]" },
        { "adapter alpha", spec => spec.Grpo.Adapter = new AdapterSettings { Alpha = 0 }, "spec.grpo.adapter.alpha", "above 0" },
        { "adapter dropout", spec => spec.Grpo.Adapter = new AdapterSettings { Dropout = 1 }, "spec.grpo.adapter.dropout", "[0, 1)" },
        { "adapter target", spec => spec.Grpo.Adapter = new AdapterSettings { TargetModules = { "q_prj" } }, "spec.grpo.adapter.target_modules", "self_attn.q_proj, self_attn.k_proj" },
        { "adapter target empty", spec => spec.Grpo.Adapter = new AdapterSettings { TargetModules = { "" } }, "spec.grpo.adapter.target_modules[0]", "it is empty" },
        { "adapter target no layer", spec => spec.Grpo.Adapter = new AdapterSettings { TargetModules = { "embed_tokens" } }, "spec.grpo.adapter.target_modules", "not a linear layer" },
        { "adapter saved module", spec => spec.Grpo.Adapter = new AdapterSettings { ModulesToSave = { "classifier" } }, "spec.grpo.adapter.modules_to_save", "modules_to_save: classifier" },
        { "adapter form and directory", spec => spec.Grpo.Adapter = new AdapterSettings { Rank = 4, Directory = "x" }, "spec.grpo.adapter.directory", "leave rank" },
        { "adapter directory", spec => spec.Grpo.Adapter = new AdapterSettings { Directory = "models/policy" }, "spec.grpo.adapter.directory", "is not a PEFT adapter" },
        { "adapter checkpoint", spec => spec.Grpo.Adapter = new AdapterSettings { Directory = "jobs/abcd/checkpoints/best" }, "spec.grpo.adapter.directory", "jobs/abcd does not exist" },
        { "adapter in bf16", spec => { spec.Grpo.Adapter = new AdapterSettings(); spec.Grpo.Checkpoint = new CheckpointSettings { SaveDtype = SaveDtype.Bf16 }; }, "spec.grpo.checkpoint.save_dtype", "always written in float32" },
        { "adapter sync", spec => { spec.Grpo.Adapter = new AdapterSettings(); spec.Grpo.Algorithm.ReferenceSyncSteps = 5; }, "spec.grpo.algorithm.reference_sync_alpha", "so it must be 1" },
        { "adapter sync of another", spec => { spec.Grpo.Adapter = new AdapterSettings(); spec.Grpo.ReferenceModel = "models/policy"; spec.Grpo.Algorithm.ReferenceSyncSteps = 5; }, "spec.grpo.algorithm.reference_sync_steps", "leave one of the two out" },
        { "trust region without its objective", spec => spec.Grpo.Algorithm.TrustRegion = new TrustRegionSettings(), "spec.grpo.algorithm.trust_region", "objective clipped does not use it" },
        { "max kl", spec => SampleSpecs.TrustRegion(spec).MaxKl = 0, "spec.grpo.algorithm.trust_region.max_kl", "above 0" },
        { "iterations", spec => SampleSpecs.TrustRegion(spec).ConjugateGradientIterations = 0, "spec.grpo.algorithm.trust_region.conjugate_gradient_iterations", "[1, 1000]" },
        { "damping", spec => SampleSpecs.TrustRegion(spec).Damping = -1, "spec.grpo.algorithm.trust_region.damping", "at least 0" },
        { "backtracking", spec => SampleSpecs.TrustRegion(spec).BacktrackFactor = 1, "spec.grpo.algorithm.trust_region.backtrack_factor", "(0, 1)" },
        { "backtracks", spec => SampleSpecs.TrustRegion(spec).MaxBacktracks = -1, "spec.grpo.algorithm.trust_region.max_backtracks", "[0, 100]" },
        { "natural epochs", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.Epochs = 2; }, "spec.grpo.algorithm.epochs", "all rollouts at once" },
        { "natural minibatches", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.Minibatches = 2; }, "spec.grpo.algorithm.minibatches", "all rollouts at once" },
        { "natural top entropy", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.TopEntropyFraction = 0.2; }, "spec.grpo.algorithm.top_entropy_fraction", "different tokens" },
        { "natural critic", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.Advantage = AdvantageKind.Critic; }, "spec.grpo.algorithm.advantage", "does not train a critic" },
        { "critic without ppo", spec => spec.Grpo.Critic = new CriticSettings(), "spec.grpo.critic", "advantage group_std does not use a critic" },
        { "critic's rate", spec => SampleSpecs.Ppo(spec).LearningRate = -1, "spec.grpo.critic.learning_rate", "above 0" },
        { "critic's warm-up alone", spec => SampleSpecs.Ppo(spec).WarmupSteps = 2, "spec.grpo.critic.warmup_steps", "set critic.learning_rate" },
        { "critic's warm-up long", spec => { spec.Grpo.Algorithm.Steps = 9; SampleSpecs.Ppo(spec).MergeFrom(new CriticSettings { WarmupSteps = 9, LearningRate = 1e-5 }); }, "spec.grpo.critic.warmup_steps", "must be below 9" },
        { "lambda", spec => SampleSpecs.Ppo(spec).GaeLambda = 1.1, "spec.grpo.critic.gae_lambda", "[0, 1]" },
        { "gamma", spec => SampleSpecs.Ppo(spec).Gamma = -0.1, "spec.grpo.critic.gamma", "[0, 1]" },
        { "value clip", spec => SampleSpecs.Ppo(spec).ValueClip = -1, "spec.grpo.critic.value_clip", "above 0" },
        { "value coefficient", spec => SampleSpecs.Ppo(spec).ValueCoefficient = 0, "spec.grpo.critic.value_coefficient", "above 0" },
        { "critic absent", spec => SampleSpecs.Ppo(spec).Model = "models/none", "spec.grpo.critic.model", "does not exist; give a Hugging Face directory" },
        { "groups of one that differ", spec => { SampleSpecs.Ppo(spec); spec.Grpo.Algorithm.GroupSize = 1; spec.Grpo.Algorithm.DynamicSampling = true; }, "spec.grpo.algorithm.dynamic_sampling", "those of a group of 1 never do" },
        { "steps and a kl in the reward", spec => { spec.Grpo.Algorithm.Advantage = AdvantageKind.Process; spec.Grpo.Algorithm.KlPlacement = KlPlacement.Reward; }, "spec.grpo.algorithm.kl_placement", "set kl_placement to loss" },
        { "a kl normalised away", spec => { spec.Grpo.Algorithm.Advantage = AdvantageKind.NormalizeThenSum; spec.Grpo.Algorithm.KlPlacement = KlPlacement.Reward; }, "spec.grpo.algorithm.kl_placement", "kl_coefficient would have no effect" },

        { "greedy", spec => spec.Grpo.Sampling.Temperature = 0, "spec.grpo.sampling.temperature", "greedy" },
        { "hot", spec => spec.Grpo.Sampling.Temperature = 2.5, "spec.grpo.sampling.temperature", "(0, 2]" },
        { "top k", spec => spec.Grpo.Sampling.TopK = 50, "spec.grpo.sampling.top_k", "allow_truncated_sampling" },
        { "top k negative", spec => spec.Grpo.Sampling.TopK = -1, "spec.grpo.sampling.top_k", "at least 0" },
        { "top p", spec => spec.Grpo.Sampling.TopP = 0.9, "spec.grpo.sampling.top_p", "allow_truncated_sampling" },
        { "top p zero", spec => spec.Grpo.Sampling.TopP = 0, "spec.grpo.sampling.top_p", "(0, 1]" },
        { "min p", spec => spec.Grpo.Sampling.MinP = 0.1, "spec.grpo.sampling.min_p", "allow_truncated_sampling" },
        { "min p one", spec => spec.Grpo.Sampling.MinP = 1, "spec.grpo.sampling.min_p", "[0, 1)" },
        { "repetition", spec => spec.Grpo.Sampling.RepetitionPenalty = 1.1, "spec.grpo.sampling.repetition_penalty", "allow_truncated_sampling" },
        { "completion length", spec => spec.Grpo.Sampling.MaxCompletionLength = 0, "spec.grpo.sampling.max_completion_length", "at least 1" },
        { "context", spec => spec.Grpo.Sampling.MaxCompletionLength = 512, "spec.grpo.sampling.max_completion_length", "the model's context is 512" },
        { "prompt length", spec => spec.Grpo.Sampling.MaxPromptLength = 500, "spec.grpo.sampling.max_prompt_length", "at most 496" },
        { "stop string", spec => spec.Grpo.Sampling.StopStrings.Add(""), "spec.grpo.sampling.stop_strings[0]", "empty" },

        { "learning rate", spec => spec.Grpo.Optimizer = new OptimizerSettings { LearningRate = 0 }, "spec.grpo.optimizer.learning_rate", "above 0" },
        { "learning rate infinite", spec => spec.Grpo.Optimizer = new OptimizerSettings { LearningRate = double.PositiveInfinity }, "spec.grpo.optimizer.learning_rate", "at most 1E+30" },
        { "beta1", spec => spec.Grpo.Optimizer = new OptimizerSettings { Beta1 = 1 }, "spec.grpo.optimizer.beta1", "[0, 1)" },
        { "beta2", spec => spec.Grpo.Optimizer = new OptimizerSettings { Beta2 = -0.1 }, "spec.grpo.optimizer.beta2", "[0, 1)" },
        { "adam epsilon", spec => spec.Grpo.Optimizer = new OptimizerSettings { Epsilon = 0 }, "spec.grpo.optimizer.epsilon", "above 0" },
        { "weight decay", spec => spec.Grpo.Optimizer = new OptimizerSettings { WeightDecay = -1 }, "spec.grpo.optimizer.weight_decay", "at least 0" },
        { "grad norm", spec => spec.Grpo.Optimizer = new OptimizerSettings { MaxGradNorm = 0 }, "spec.grpo.optimizer.max_grad_norm", "above 0" },
        { "warm-up", spec => spec.Grpo.Optimizer = new OptimizerSettings { WarmupSteps = -1 }, "spec.grpo.optimizer.warmup_steps", "at least 0" },
        { "evaluation steps", spec => spec.Grpo.Evaluation = new EvaluationSettings { EverySteps = 0 }, "spec.grpo.evaluation.every_steps", "at least 1" },
        { "evaluation samples", spec => spec.Grpo.Evaluation = new EvaluationSettings { SamplesPerPrompt = 0 }, "spec.grpo.evaluation.samples_per_prompt", "at least 1" },
        { "evaluation temperature", spec => spec.Grpo.Evaluation = new EvaluationSettings { Temperature = -1 }, "spec.grpo.evaluation.temperature", "[0, 2]" },
        { "checkpoint steps", spec => spec.Grpo.Checkpoint = new CheckpointSettings { EverySteps = 0 }, "spec.grpo.checkpoint.every_steps", "at least 1" },
        { "checkpoint keep", spec => spec.Grpo.Checkpoint = new CheckpointSettings { Keep = -1 }, "spec.grpo.checkpoint.keep", "at least 0" },

        { "no rewards", spec => spec.Grpo.Rewards.Clear(), "spec.grpo.rewards", "at least one" },
        { "reward kind", spec => spec.Grpo.Rewards[0].ClearKind(), "spec.grpo.rewards[0].kind", "no reward kind" },
        { "reward name", spec => spec.Grpo.Rewards[0].Name = "a/b", "spec.grpo.rewards[0].name", "metric names" },
        { "reward name taken", spec => spec.Grpo.Rewards[0].Name = "reward", "spec.grpo.rewards[0].name", "is reserved for the job's own metrics" },
        { "reward name of a rate", spec => spec.Grpo.Rewards[0].Name = "pass_at_4", "spec.grpo.rewards[0].name", "is reserved for the job's own metrics" },
        { "reward twice", spec => spec.Grpo.Rewards.Add(spec.Grpo.Rewards[0].Clone()), "spec.grpo.rewards[1].name", "also the name of rewards[0]" },
        { "weight", spec => spec.Grpo.Rewards[0].Weight = double.NaN, "spec.grpo.rewards[0].weight", "finite" },
        { "tolerance", spec => spec.Grpo.Rewards[0].NumberMatch.Tolerance = -1, "spec.grpo.rewards[0].number_match.tolerance", "at least 0" },
        { "pattern", spec => spec.Grpo.Rewards[0].RegularExpression = new RegularExpressionReward { Pattern = "(" }, "spec.grpo.rewards[0].regular_expression.pattern", "is not a regular expression" },
        { "pattern backtracks", spec => spec.Grpo.Rewards[0].RegularExpression = new RegularExpressionReward { Pattern = @"(a)\1" }, "spec.grpo.rewards[0].regular_expression.pattern", "backtracking" },
        { "pattern empty", spec => spec.Grpo.Rewards[0].RegularExpression = new RegularExpressionReward(), "spec.grpo.rewards[0].regular_expression.pattern", "empty" },
        { "process model", spec => spec.Grpo.Rewards[0].ProcessRewardModel = new ProcessRewardModelReward { Model = "models/policy" }, "spec.grpo.rewards[0].process_reward_model.model", "has no scalar head" },
        { "script", spec => spec.Grpo.Rewards[0].JavaScript = new JavaScriptReward { Script = "1 +" }, "spec.grpo.rewards[0].java_script.script", "Unexpected end of input" },
        {
            "script steps",
            spec => spec.Grpo.Rewards[0].JavaScript = new JavaScriptReward { Script = "1", SegmentDelimiter = ";", SegmentPerToken = true },
            "spec.grpo.rewards[0].java_script.segment_per_token",
            "leave one of the two out"
        },
        { "script empty", spec => spec.Grpo.Rewards[0].JavaScript = new JavaScriptReward(), "spec.grpo.rewards[0].java_script.script", "0 characters" },
        { "length", spec => spec.Grpo.Rewards[0].Length = new LengthReward { MaxTokens = 0 }, "spec.grpo.rewards[0].length.max_tokens", "at least 1" },
        { "choice options", spec => spec.Grpo.Rewards[0].Choice = new ChoiceReward { Options = { "A" } }, "spec.grpo.rewards[0].choice.options", "at least 2" },
        { "choice options twice", spec => spec.Grpo.Rewards[0].Choice = new ChoiceReward { Options = { "yes", "Yes" } }, "spec.grpo.rewards[0].choice.options", "must differ" },
        { "schema", spec => spec.Grpo.Rewards[0].Json = new JsonReward { Schema = """{"type": "text"}""" }, "spec.grpo.rewards[0].json.schema", "is not a type; known: null" },
        { "think tag", spec => spec.Grpo.Rewards[0].ThinkFormat = new ThinkFormatReward { Tag = "<think>" }, "spec.grpo.rewards[0].think_format.tag", "is not a valid tag name" },
        { "cosine", spec => spec.Grpo.Rewards[0].CosineLength = new CosineLengthReward { MaxValueCorrect = double.NaN }, "spec.grpo.rewards[0].cosine_length.max_value_correct", "finite" },
        { "cosine source", spec => spec.Grpo.Rewards[0].CosineLength = new CosineLengthReward { CorrectSource = "judge" }, "spec.grpo.rewards[0].cosine_length.correct_source", "this job has none" },
        { "overlong", spec => spec.Grpo.Rewards[0].Overlong = new OverlongReward { MaxTokens = 8, Cache = 9 }, "spec.grpo.rewards[0].overlong.cache", "but max_tokens is 8" },
        { "repetition n", spec => spec.Grpo.Rewards[0].Repetition = new RepetitionReward { NgramSize = 0 }, "spec.grpo.rewards[0].repetition.ngram_size", "at least 1" },
        { "repetition penalty", spec => spec.Grpo.Rewards[0].Repetition = new RepetitionReward { MaxPenalty = 1 }, "spec.grpo.rewards[0].repetition.max_penalty", "it is 1" },

        { "no model", spec => spec.Grpo.Model = "", "spec.grpo.model", "it is empty" },
        { "model absent", spec => spec.Grpo.Model = "models/none", "spec.grpo.model", "does not exist; give a Hugging Face directory" },
        { "checkpoint form", spec => spec.Grpo.Model = "jobs/abcd/checkpoints/newest", "spec.grpo.model", "best, last or step-000120" },
        { "checkpoint's job", spec => spec.Grpo.Model = "jobs/abcd/checkpoints/best", "spec.grpo.model", "jobs/abcd does not exist" },
        { "reference absent", spec => spec.Grpo.ReferenceModel = "models/none", "spec.grpo.reference_model", "does not exist; give a Hugging Face directory" },
        { "no prompts", spec => spec.Grpo.Prompts = null, "spec.grpo.prompts", "set file" },
        { "both prompts", spec => spec.Grpo.Prompts.File = "x.jsonl", "spec.grpo.prompts", "set exactly one" },
        { "prompt limit", spec => spec.Grpo.Prompts.Limit = -1, "spec.grpo.prompts.limit", "at least 0" },
        { "empty prompt", spec => spec.Grpo.Prompts.Inline.Add(new Prompt()), "spec.grpo.prompts.inline[2]", "neither text nor messages" },
        { "message role", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { Messages = { new Message { Content = "x" } } }, "spec.grpo.prompts.inline[0]", "no role" },
        { "no chat template", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { Answer = "4", Messages = { new Message { Role = "user", Content = "x" } } }, "spec.grpo.prompts", "no chat template" },
        { "tools", spec => spec.Grpo.Prompts.Inline[0].ToolsJson = "[]", "spec.grpo.prompts.inline[0]", "plain text does not use a chat template" },
        { "a message without content", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { Messages = { new Message { Role = "assistant", FieldsJson = "{\"name\": \"x\"}" } } }, "spec.grpo.prompts.inline[0]", "message 0 has neither text \"content\" nor \"tool_calls\"" },
        { "a message with its role twice", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { Messages = { new Message { Role = "user", Content = "x", FieldsJson = "{\"role\": null}" } } }, "spec.grpo.prompts.inline[0]", "message 0 has role or content in its further fields" },
        { "further fields are no object", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { Messages = { new Message { Role = "user", Content = "x", FieldsJson = "[1]" } } }, "spec.grpo.prompts.inline[0]", "its further fields are not a JSON object" },
        { "tools are no list", spec => spec.Grpo.Prompts.Inline[0] = new Prompt { ToolsJson = "{}", Messages = { new Message { Role = "user", Content = "x" } } }, "spec.grpo.prompts.inline[0]", "its tools are not a JSON array" },
        { "long prompt", spec => spec.Grpo.Prompts.Inline[1].Text = string.Concat(Enumerable.Repeat("a word ", 400)), "spec.grpo.prompts", "1 of 2 prompts are longer than 496 tokens: prompt 1 has" },
        { "no answers", spec => spec.Grpo.Prompts.Inline.ToList().ForEach(prompt => prompt.Answer = ""), "spec.grpo.prompts", "none of the 2 prompts has an answer" },
        { "file absent", spec => spec.Grpo.Prompts = new PromptSource { File = "none.jsonl" }, "spec.grpo.prompts.file", "does not exist; give the path" },
        { "guardian patience", spec => spec.Grpo.Guardian = new() { ConstantReward = new() { Patience = 0 } }, "spec.grpo.guardian.constant_reward.patience", "at least 1" },
        { "guardian threshold", spec => spec.Grpo.Guardian = new() { NoLearningSignal = new() { Threshold = 1.5 } }, "spec.grpo.guardian.no_learning_signal.threshold", "(0, 1]" },
        { "guardian length", spec => spec.Grpo.Guardian = new() { LengthExplosion = new() { Threshold = 0.5 } }, "spec.grpo.guardian.length_explosion.threshold", "multiple of the first step's length" },
        { "guardian too late", spec => spec.Grpo.Guardian = new() { KlBlowUp = new() { Action = GuardianAction.SkipStep } }, "spec.grpo.guardian.kl_blow_up.action", "known only after the update" },
        { "guardian entropy too late", spec => spec.Grpo.Guardian = new() { EntropyCollapse = new() { Action = GuardianAction.SkipStep } }, "spec.grpo.guardian.entropy_collapse.action", "known only after the update" },
        { "guardian off", spec => spec.Grpo.Guardian = new() { NonFinite = new() { Action = GuardianAction.Off } }, "spec.grpo.guardian.non_finite.action", "always skipped" },
        { "guardian non-finite threshold", spec => spec.Grpo.Guardian = new() { NonFinite = new() { Threshold = 2 } }, "spec.grpo.guardian.non_finite.threshold", "leave it out" },
        { "guardian factor", spec => spec.Grpo.Guardian = new() { RollbackLearningRateFactor = 1 }, "spec.grpo.guardian.rollback_learning_rate_factor", "(0, 1)" },
        { "guardian rollbacks", spec => spec.Grpo.Guardian = new() { MaxRollbacks = 0 }, "spec.grpo.guardian.max_rollbacks", "at least 1" },
        { "pass at", spec => spec.Grpo.Evaluation = new EvaluationSettings { SamplesPerPrompt = 4, Temperature = 1, PassAt = { 1, 5 } }, "spec.grpo.evaluation.pass_at[1]", "[1, 4]" },
        { "evaluation size", spec => { spec.Grpo.EvaluationPrompts = spec.Grpo.Prompts.Clone(); spec.Grpo.Evaluation = new() { SamplesPerPrompt = int.MaxValue, Temperature = 1 }; }, "spec.grpo.evaluation.samples_per_prompt", "4294967294 answers per evaluation" },
        { "no samples, no second fault", spec => spec.Grpo.Evaluation = new() { SamplesPerPrompt = 0, PassAt = { 1 } }, "spec.grpo.evaluation.samples_per_prompt", "at least 1" },
        { "adapter sync once", spec => { spec.Grpo.Adapter = new(); spec.Grpo.Algorithm.ReferenceSyncSteps = -1; }, "spec.grpo.algorithm.reference_sync_steps", "at least 1" },
        { "pass at twice", spec => spec.Grpo.Evaluation = new EvaluationSettings { SamplesPerPrompt = 4, Temperature = 1, PassAt = { 2, 2 } }, "spec.grpo.evaluation.pass_at[1]", "twice" },
        { "success source", spec => spec.Grpo.Evaluation = new EvaluationSettings { SuccessSource = "rigt" }, "spec.grpo.evaluation.success_source", "Did you mean \"right\"" },
        { "stop patience", spec => { spec.Grpo.EvaluationPrompts = spec.Grpo.Prompts.Clone(); spec.Grpo.Evaluation = new EvaluationSettings { StopPatience = -1 }; }, "spec.grpo.evaluation.stop_patience", "at least 1" },
        { "stop improvement", spec => spec.Grpo.Evaluation = new EvaluationSettings { StopMinImprovement = -1 }, "spec.grpo.evaluation.stop_min_improvement", "at least 0" },
        { "stop without prompts", spec => spec.Grpo.Evaluation = new EvaluationSettings { StopAtScore = 0.9 }, "spec.grpo.evaluation.stop_at_score", "no evaluation_prompts" },
        { "evaluation prompts", spec => spec.Grpo.EvaluationPrompts = new PromptSource(), "spec.grpo.evaluation_prompts", "set file" },
    };

    public static TheoryData<string, Action<JobSpec>, string, string> Warnings { get; } = new()
    {
        { "rounded reference", spec => spec.Grpo.Memory = new MemorySettings { FrozenDtype = FrozenDtype.Bf16 }, "spec.grpo.reference_model", "stored as float32, and frozen_dtype bf16 rounds them" },
        { "learning rate", spec => spec.Grpo.Optimizer = new OptimizerSettings { LearningRate = 0.1 }, "spec.grpo.optimizer.learning_rate", "0.1 is unusual" },
        { "warm-up", spec => spec.Grpo.Optimizer = new OptimizerSettings { WarmupSteps = 10 }, "spec.grpo.optimizer.warmup_steps", "has 10 optimizer steps" },
        { "truncation", spec => { spec.Grpo.Sampling.TopP = 0.9; spec.Grpo.Sampling.AllowTruncatedSampling = true; }, "spec.grpo.sampling.top_p", "biases the ratio" },
        { "shuffled", spec => spec.Grpo.Algorithm.ShuffleRewards = true, "spec.grpo.algorithm.shuffle_rewards", "control run" },
        { "zero weight", spec => spec.Grpo.Rewards[0].Weight = 0, "spec.grpo.rewards[0].weight", "not trained on" },
        { "success without prompts", spec => spec.Grpo.Evaluation = new EvaluationSettings { PassAt = { 1 } }, "spec.grpo.evaluation.pass_at", "no effect" },
        { "guardian without reference", spec => { spec.Grpo.Algorithm.KlCoefficient = 0; spec.Grpo.Guardian = new() { KlBlowUp = new() { Action = GuardianAction.Pause } }; }, "spec.grpo.guardian.kl_blow_up", "no effect" },
        { "two bounds", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.KlStop = 0.02; }, "spec.grpo.algorithm.kl_stop", "no effect" },
        { "no second derivative", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Memory = new MemorySettings { ActivationCheckpointing = true }; }, "spec.grpo.memory.activation_checkpointing", "no effect" },
        { "greedy twice", spec => spec.Grpo.Evaluation = new EvaluationSettings { SamplesPerPrompt = 4 }, "spec.grpo.evaluation.samples_per_prompt", "1 is enough" },
        { "some answers", spec => spec.Grpo.Prompts.Inline[0].Answer = "", "spec.grpo.prompts", "1 of 2 prompts have no answer" },
        { "no effect", spec => spec.Grpo.Algorithm.CispoAbsoluteMax = 5, "spec.grpo.algorithm.cispo_absolute_max", "no effect" },
        { "name of the objective", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Algorithm.DualClip = 3; }, "spec.grpo.algorithm.dual_clip", "the objective is natural_gradient, not clipped" },
        { "epsilon unread", spec => { spec.Grpo.Algorithm.Profile = "dr_grpo"; spec.Grpo.Algorithm.AdvantageEpsilon = 1e-3; }, "spec.grpo.algorithm.advantage_epsilon", "no effect: advantage mean_centered" },
        { "clip unread", spec => { spec.Grpo.Algorithm.Objective = Objective.Sapo; spec.Grpo.Algorithm.ClipHigh = 0.3; }, "spec.grpo.algorithm.clip_high", "no effect: objective sapo" },
        { "level unread", spec => { spec.Grpo.Algorithm.Objective = Objective.Reinforce; spec.Grpo.Algorithm.RatioLevel = RatioLevel.Sequence; }, "spec.grpo.algorithm.ratio_level", "no effect" },
        { "estimator unread", spec => { spec.Grpo.Algorithm.Profile = "ppo"; spec.Grpo.Algorithm.KlEstimator = KlEstimator.K2; }, "spec.grpo.algorithm.kl_estimator", "no effect: kl_placement reward uses k1" },
        { "placement unread", spec => { spec.Grpo.Algorithm.KlCoefficient = 0; spec.Grpo.Algorithm.KlPlacement = KlPlacement.Reward; }, "spec.grpo.algorithm.kl_placement", "no effect" },
        { "alpha unread", spec => spec.Grpo.Algorithm.ReferenceSyncAlpha = 1, "spec.grpo.algorithm.reference_sync_alpha", "no effect: reference_sync_steps is off" },
        { "rounds unread", spec => spec.Grpo.Algorithm.MaxSamplingRounds = 2, "spec.grpo.algorithm.max_sampling_rounds", "no effect: dynamic_sampling is off" },
        { "cap unread", spec => spec.Grpo.Algorithm.SamplerCap = 3, "spec.grpo.algorithm.sampler_cap", "no effect: sampler_correction is off" },
        { "optimizer unread", spec => { SampleSpecs.TrustRegion(spec); spec.Grpo.Optimizer = new() { LearningRate = 1e-5 }; }, "spec.grpo.optimizer.learning_rate", "no effect: a natural-gradient step has no optimizer" },
        { "reference unread", spec => { spec.Grpo.Algorithm.KlCoefficient = 0; spec.Grpo.ReferenceModel = "models/policy"; }, "spec.grpo.reference_model", "no effect" },
        { "nothing frozen", spec => { spec.Grpo.Adapter = new(); spec.Grpo.Memory = new() { FrozenDtype = FrozenDtype.Bf16 }; }, "spec.grpo.memory.frozen_dtype", "no effect: the job has no frozen model" },
        { "coefficient unread", spec => SampleSpecs.Ppo(spec).MergeFrom(new CriticSettings { LearningRate = 1e-5, ValueCoefficient = 1 }), "spec.grpo.critic.value_coefficient", "no effect" },
        { "threshold unread", spec => spec.Grpo.Evaluation = new() { SuccessThreshold = 0.5 }, "spec.grpo.evaluation.success_threshold", "no effect" },
        { "best without checkpoint", spec => { spec.Grpo.EvaluationPrompts = spec.Grpo.Prompts.Clone(); spec.Grpo.Evaluation = new() { StopPatience = 2 }; spec.Grpo.Checkpoint = new() { SaveBest = false }; }, "spec.grpo.checkpoint.every_steps", "it is 50, but evaluations run every 25 steps" },
        { "improvement unread", spec => spec.Grpo.Evaluation = new() { StopMinImprovement = 0.5 }, "spec.grpo.evaluation.stop_min_improvement", "no effect: stop_patience is off" },
        { "no steps to score", spec => spec.Grpo.Algorithm.Advantage = AdvantageKind.Process, "spec.grpo.algorithm.advantage", "no reward scores segments" },
        { "guardian threshold without reference", spec => { spec.Grpo.Algorithm.KlCoefficient = 0; spec.Grpo.Guardian = new() { KlBlowUp = new() { Threshold = 2 } }; }, "spec.grpo.guardian.kl_blow_up", "no effect" },
        { "guardian alone", spec => { SampleSpecs.Ppo(spec); spec.Grpo.Guardian = new() { NoLearningSignal = new() { Action = GuardianAction.Pause } }; }, "spec.grpo.guardian.no_learning_signal", "no effect" },
        { "guardian without rollback", spec => spec.Grpo.Guardian = new() { MaxRollbacks = 1 }, "spec.grpo.guardian.max_rollbacks", "no effect: no rule has the action roll_back" },
        { "dropped", spec => { spec.Grpo.Prompts.Inline[1].Text = string.Concat(Enumerable.Repeat("a word ", 400)); spec.Grpo.Sampling.OverlongPrompts = OverlongPrompts.Drop; }, "spec.grpo.prompts", "will be dropped" },
    };

    [Fact]
    public async Task Each_fault_is_found_at_its_field_and_says_what_to_do()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        var wrong = new List<string>();
        foreach ((string what, Action<JobSpec> change, string field, string words) in Faults.Select(row => row.Data))
        {
            BadRequest.Types.FieldViolation[] violations = [.. (await RefuseAsync(server, change, what)).GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations];
            if (violations is not [var only] || only.Field != field || !only.Description.Contains(words, StringComparison.Ordinal))
            {
                wrong.Add($"{what}: expected {field} with \"{words}\" alone, got\n{string.Join('\n', violations.Select(one => $"    {one.Field}: {one.Description}"))}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Each_unusual_thing_is_a_warning_and_no_fault()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        var wrong = new List<string>();
        foreach ((string what, Action<JobSpec> change, string field, string words) in Warnings.Select(row => row.Data))
        {
            JobSpec spec = SampleSpecs.Valid(server.Folder);
            change(spec);
            CreateJobResponse response = await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel);
            if (!response.Warnings.Any(one => one.Field == field && one.Description.Contains(words, StringComparison.Ordinal)))
            {
                wrong.Add($"{what}: expected {field} with \"{words}\", got\n{response.Warnings}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task A_valid_spec_has_no_warning()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        Assert.Empty((await server.Jobs.CreateJobAsync(
            new CreateJobRequest { Spec = SampleSpecs.Valid(server.Folder), ValidateOnly = true }, cancellationToken: Cancel)).Warnings);
    }

    [Fact]
    public async Task Faulty_rows_of_a_file_are_named_and_the_rest_is_counted()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        server.Folder.Write("prompts.jsonl", "{\"prompt\": \"good\", \"answer\": 1}\n" + string.Concat(Enumerable.Range(0, 15).Select(i => $"{{\"question\": \"{i}\"}}\n")));

        RpcException refused = await RefuseAsync(server, spec => spec.Grpo.Prompts = new PromptSource { File = "prompts.jsonl" }, "rows");

        string[] descriptions = [.. refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(one => one.Description)];
        Assert.Equal(11, descriptions.Length);
        Assert.Contains("line 2", descriptions[0], StringComparison.Ordinal);
        Assert.Contains("question", descriptions[0], StringComparison.Ordinal);
        Assert.Contains("5 more rows", descriptions[10], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_names_the_reward_s_own_place_although_one_before_it_has_no_kind()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        RpcException refused = await RefuseAsync(
            server,
            spec =>
            {
                spec.Grpo.Rewards.Insert(0, new RewardSource { Name = "none" });
                spec.Grpo.Rewards[1].Weight = double.NaN;
            },
            "places");

        Assert.Equal(["spec.grpo.rewards[0].kind", "spec.grpo.rewards[1].weight"], refused.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(one => one.Field));
    }

    [Fact]
    public async Task Fields_that_no_row_has_are_warned_of()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        server.Folder.Write("prompts.jsonl", "{\"prompt\": \"a\", \"solution\": 1, \"level\": 2}\n");
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        spec.Grpo.Rewards[0].Length = new();
        spec.Grpo.Prompts = new() { File = "prompts.jsonl", AnswerField = "solutoin", ToolsField = "functions", TemplateArgumentsField = "arguments", MetadataFields = { "level", "topic" } };

        CreateJobResponse response = await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel);

        Assert.Equal(["answer_field", "tools_field", "template_arguments_field", "metadata_fields[1]"], response.Warnings.Select(warning => warning.Field["spec.grpo.prompts.".Length..]));
        Assert.Contains("\"solutoin\"; check its spelling", response.Warnings[0].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reward_models_and_policies_are_told_apart()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        SampleSpecs.WriteModel(server.Folder, "models/scores", 512, "LlamaForSequenceClassification", labels: 1);
        SampleSpecs.WriteModel(server.Folder, "models/moods", 512, "LlamaForSequenceClassification", labels: 3);
        RewardSource Source(string model) => new() { Name = "model", RewardModel = new RewardModelReward { Model = model } };

        Assert.Contains("no scalar head", await DescribeAsync(server, spec => spec.Grpo.Rewards.Add(Source("models/policy"))), StringComparison.Ordinal);
        Assert.Contains("has 3 labels", await DescribeAsync(server, spec => spec.Grpo.Rewards.Add(Source("models/moods"))), StringComparison.Ordinal);
        Assert.Contains("is a classifier", await DescribeAsync(server, spec => spec.Grpo.Model = "models/scores"), StringComparison.Ordinal);
        RewardSource steps = new() { Name = "steps", ProcessRewardModel = new() { Model = "models/scores", SegmentToken = 1000 } };
        Assert.Contains("highest token id is 999", await DescribeAsync(server, spec => spec.Grpo.Rewards.Add(steps)), StringComparison.Ordinal);
        JobSpec good = SampleSpecs.Valid(server.Folder);
        good.Grpo.Rewards.Add(Source("models/scores"));
        await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = good, ValidateOnly = true }, cancellationToken: Cancel);
    }

    [Fact]
    public async Task A_checkpoint_to_come_needs_after()
    {
        await using TestServer server = await TestServer.StartAsync(Cancel);
        string first = await server.CreateAsync(Cancel);

        Assert.Contains($"add {first} to `after`", await DescribeAsync(server, spec => spec.Grpo.Model = $"{first}/checkpoints/best"), StringComparison.Ordinal);
        JobSpec chained = SampleSpecs.Valid(server.Folder);
        chained.Grpo.Model = $"{first}/checkpoints/best";
        chained.After.Add(first);
        CreateJobResponse response = await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = chained }, cancellationToken: Cancel);

        Assert.Equal($"{first}/checkpoints/best", response.Job.Spec.Grpo.Model);
        Assert.Equal([first], response.Job.Spec.After);
    }

    private static async Task<string> DescribeAsync(TestServer server, Action<JobSpec> change) =>
        Assert.Single((await RefuseAsync(server, change, "change")).GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Description;

    private static async Task<RpcException> RefuseAsync(TestServer server, Action<JobSpec> change, string what)
    {
        JobSpec spec = SampleSpecs.Valid(server.Folder);
        change(spec);
        try
        {
            await server.Jobs.CreateJobAsync(new CreateJobRequest { Spec = spec, ValidateOnly = true }, cancellationToken: Cancel);
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.InvalidArgument)
        {
            return refused;
        }

        throw new InvalidOperationException($"{what}: nothing was found wrong.");
    }
}
