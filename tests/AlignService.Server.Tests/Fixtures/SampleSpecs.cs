using AlignService.Contracts.V1;
using AlignService.Testing;

namespace AlignService.Server.Tests.Fixtures;

/// <summary>Specs that the server accepts, to start from.</summary>
internal static class SampleSpecs
{
    /// <summary>A job on a model that passes validation (its weights are never read here) with prompts in the spec.</summary>
    public static JobSpec Valid(TestFolder folder, bool writesModel = true)
    {
        if (writesModel)
        {
            WriteModel(folder, "models/policy", context: 512, architecture: "LlamaForCausalLM");
        }

        return new JobSpec
        {
            DisplayName = "a test",
            Seed = 7,
            Grpo = new GrpoJob
            {
                Model = "models/policy",
                Prompts = new PromptSource { Inline = { new Prompt { Text = "2 + 2 =", Answer = "4" }, new Prompt { Text = "3 + 3 =", Answer = "6" } } },
                Rewards = { new RewardSource { Name = "right", NumberMatch = new NumberMatchReward() } },
                Algorithm = new GrpoAlgorithm { Steps = 10 },
                Sampling = new SamplingSettings { MaxCompletionLength = 16 },
            },
        };
    }

    /// <summary>The same on a model that every project may name by its path.</summary>
    public static JobSpec Shared(TestFolder folder)
    {
        WriteModel(folder, "shared/policy", context: 512, architecture: "LlamaForCausalLM");
        JobSpec spec = Valid(folder, writesModel: false);
        spec.Grpo.Model = "shared/policy";
        return spec;
    }

    /// <summary>Makes a spec one of the profile ppo and returns its critic.</summary>
    public static CriticSettings Ppo(JobSpec spec)
    {
        spec.Grpo.Algorithm.Profile = "ppo";
        return spec.Grpo.Critic = new CriticSettings();
    }

    /// <summary>Makes a spec one of the profile trust_region and returns its numbers.</summary>
    public static TrustRegionSettings TrustRegion(JobSpec spec)
    {
        spec.Grpo.Algorithm.Profile = "trust_region";
        return spec.Grpo.Algorithm.TrustRegion = new TrustRegionSettings();
    }

    public static void WriteModel(TestFolder folder, string name, int context, string architecture, int labels = 2)
    {
        string labelNames = string.Join(", ", Enumerable.Range(0, labels).Select(i => $"\"{i}\": \"LABEL_{i}\""));
        folder.Write($"{name}/config.json", $$"""
            {
              "model_type": "llama", "architectures": ["{{architecture}}"], "max_position_embeddings": {{context}}, "id2label": { {{labelNames}} },
              "hidden_size": 48, "intermediate_size": 96, "num_attention_heads": 4, "num_hidden_layers": 2, "vocab_size": 2005, "rms_norm_eps": 1e-5,
              "bos_token_id": 1, "eos_token_id": 2
            }
            """);
        folder.Write($"{name}/model.safetensors", "");
        string tokenizer = Path.Combine(Repository.Root, "tests/golden/tokenizers/bytelevel-llama3");
        folder.Write($"{name}/tokenizer.json", File.ReadAllText(Path.Combine(tokenizer, "tokenizer.json")));
        folder.Write($"{name}/tokenizer_config.json", File.ReadAllText(Path.Combine(tokenizer, "tokenizer_config.json")));
    }
}
