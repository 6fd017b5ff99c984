using System.Text.Json;
using AlignService.Text.Tokenization.Files;

namespace AlignService.Text.Tokenization;

/// <summary>The contents of the files beside tokenizer.json: the special tokens by role, and the chat template.</summary>
internal sealed record TokenizerConfig
{
    public string? BosToken { get; init; }

    public string? EosToken { get; init; }

    public string? PadToken { get; init; }

    public string? UnknownToken { get; init; }

    public string? ChatTemplate { get; init; }

    /// <summary>Names of the chat templates, where there are several and none is called default, so none is used.</summary>
    public IReadOnlyList<string> TemplateNames { get; init; } = [];

    /// <summary>Added tokens in the order of their ids, with their places for errors.</summary>
    public IReadOnlyList<(AddedToken Token, string Place)> AddedTokens { get; init; } = [];

    /// <summary>Reads tokenizer_config.json, special_tokens_map.json, added_tokens.json and chat_template.jinja, each where it exists.</summary>
    public static TokenizerConfig Read(string directory)
    {
        JsonField? config = TokenizerFile.ReadIfPresent(Path.Combine(directory, "tokenizer_config.json"));
        JsonField? map = TokenizerFile.ReadIfPresent(Path.Combine(directory, "special_tokens_map.json"));
        JsonField? plain = TokenizerFile.ReadIfPresent(Path.Combine(directory, "added_tokens.json"));
        string templatePath = Path.Combine(directory, "chat_template.jinja");
        bool hasTemplateFile = File.Exists(templatePath);
        string? bos = Token("bos_token", config, map), eos = Token("eos_token", config, map), pad = Token("pad_token", config, map), unknown = Token("unk_token", config, map);
        return new TokenizerConfig
        {
            BosToken = bos,
            EosToken = eos,
            PadToken = pad,
            UnknownToken = unknown,
            AddedTokens = AddedTokenReader.ReadOthers(config, plain, [.. new[] { bos, eos, pad, unknown }.OfType<string>()]),
            ChatTemplate = hasTemplateFile ? TokenizerFile.ReadText(templatePath) : config is { } file ? Template(file["chat_template"]) : null,
            TemplateNames = !hasTemplateFile && config?["chat_template"] is { IsArray: true } named && Template(named) is null ? [.. named.Items().Select(item => item["name"].Text())] : [],
        };
    }

    // A null in the first file counts: the tokenizer has no such token.
    private static string? Token(string name, params JsonField?[] files)
    {
        foreach (JsonField? file in files)
        {
            if (file is { } read && read[name] is var field && field.Value.ValueKind != JsonValueKind.Undefined)
            {
                return field.IsObject ? field["content"].Text() : field.TextOrNull();
            }
        }

        return null;
    }

    // Either the template itself or a list of named ones, of which `default` is for ordinary use.
    private static string? Template(JsonField field)
    {
        if (!field.IsArray)
        {
            return field.TextOrNull();
        }

        foreach (JsonField named in field.Items())
        {
            if (named["name"].Text() == "default")
            {
                return named["template"].Text();
            }
        }

        return null;
    }
}
