using System.Text;
using System.Text.Json;
using AlignService.Text.Tokenization;

namespace AlignService.Training.Tests.Fakes;

/// <summary>A character a token, for the 64 ids of the tiny Llama: 0 pad, 1 begin, 2 end, then letters and digits.</summary>
internal static class TinyTokenizer
{
    public const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678";

    public static Tokenizer Create() => Tokenizer.Parse(Encoding.UTF8.GetBytes(Json()));

    /// <summary>Makes a model directory one with a tokenizer.</summary>
    public static void WriteTo(string directory, string? chatTemplate = null)
    {
        File.WriteAllText(Path.Combine(directory, "tokenizer.json"), Json());
        Dictionary<string, string> config = new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>", ["pad_token"] = "<pad>" };
        if (chatTemplate is not null)
        {
            config["chat_template"] = chatTemplate;
        }

        File.WriteAllText(Path.Combine(directory, "tokenizer_config.json"), JsonSerializer.Serialize(config));
    }

    private static string Json()
    {
        Dictionary<string, int> vocabulary = new() { ["<pad>"] = 0, ["<s>"] = 1, ["</s>"] = 2 };
        foreach (char letter in Letters)
        {
            vocabulary[letter.ToString()] = vocabulary.Count;
        }

        object Added(int id, string content) => new { id, content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true };
        return JsonSerializer.Serialize(new
        {
            version = "1.0",
            truncation = (object?)null,
            padding = (object?)null,
            added_tokens = new[] { Added(0, "<pad>"), Added(1, "<s>"), Added(2, "</s>") },
            normalizer = (object?)null,
            pre_tokenizer = (object?)null,
            post_processor = (object?)null,
            decoder = new { type = "Fuse" },
            model = new
            {
                type = "BPE",
                dropout = (double?)null,
                unk_token = (string?)null,
                continuing_subword_prefix = (string?)null,
                end_of_word_suffix = (string?)null,
                fuse_unk = false,
                byte_fallback = false,
                ignore_merges = false,
                vocab = vocabulary,
                merges = Array.Empty<string>(),
            },
        });
    }
}
