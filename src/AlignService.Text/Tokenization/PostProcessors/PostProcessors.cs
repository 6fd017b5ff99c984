using AlignService.Text.Tokenization.Files;

namespace AlignService.Text.Tokenization.PostProcessors;

/// <summary>Adds the special tokens around an encoded text.</summary>
internal interface IPostProcessor
{
    List<int> Process(List<int> ids, bool addSpecialTokens);
}

/// <summary>Builds the post-processor that tokenizer.json describes.</summary>
internal static class PostProcessorReader
{
    public static IPostProcessor? Read(JsonField field) => field.IsNull ? null : Component(field);

    private static IPostProcessor Component(JsonField field)
    {
        string type = field.ComponentType();
        return type switch
        {
            // Corrects offsets only; ids stay as they are.
            "ByteLevel" => new PostProcessorSequence([]),
            "TemplateProcessing" => Template(field),
            "RobertaProcessing" => new TemplatePostProcessor([[IdOfPair(field["cls"])], null, [IdOfPair(field["sep"])]]),
            "Sequence" => new PostProcessorSequence(Components(field["processors"])),
            _ => throw field.Unsupported("post-processor", type, "ByteLevel", "TemplateProcessing", "RobertaProcessing", "Sequence"),
        };
    }

    private static List<IPostProcessor> Components(JsonField field)
    {
        var processors = new List<IPostProcessor>();
        JsonField? template = null;
        foreach (JsonField item in field.Items())
        {
            IPostProcessor processor = Component(item);
            if (template is { } earlier && AddsTokens(processor))
            {
                // The library hands the template's parts on as texts of their own, and the next processor wraps each.
                throw new CheckpointException($"{earlier.Path}: TemplateProcessing is not supported before {item.ComponentType()}, which adds tokens too; only the last such post-processor may be one.");
            }

            template = item.ComponentType() != "RobertaProcessing" && AddsTokens(processor) ? item : template;
            processors.Add(processor);
        }

        return processors;
    }

    private static bool AddsTokens(IPostProcessor processor) => processor switch
    {
        PostProcessorSequence sequence => sequence.Processors.Any(AddsTokens),
        TemplatePostProcessor template => template.AddsTokens,
        _ => true,
    };

    private static int IdOfPair(JsonField field)
    {
        List<JsonField> pair = [.. field.Items()];
        return pair.Count == 2 ? pair[1].Number() : throw field.Wrong("a pair of a token and its id");
    }

    private static TemplatePostProcessor Template(JsonField field)
    {
        var specialTokens = new Dictionary<string, int[]>();
        if (!field["special_tokens"].IsNull)
        {
            foreach ((string name, JsonField token) in field["special_tokens"].Members())
            {
                specialTokens[name] = [.. token["ids"].Items().Select(id => id.Number())];
            }
        }

        return new TemplatePostProcessor([.. field["single"].Items().Select(part => Part(part, specialTokens))]);
    }

    private static int[]? Part(JsonField part, Dictionary<string, int[]> specialTokens)
    {
        foreach ((string kind, JsonField value) in part.Members())
        {
            JsonField id = value["id"];
            switch (kind)
            {
                case "SpecialToken":
                    return specialTokens.GetValueOrDefault(id.Text())
                        ?? throw new CheckpointException($"{id.Path}: '{id.Text()}' is not among special_tokens.");
                case "Sequence":
                    return id.Text() == "A" ? null : throw id.Unsupported("sequence", id.Text(), "A");
                default:
                    throw part.Unsupported("template part", kind, "SpecialToken", "Sequence");
            }
        }

        throw part.Wrong("a SpecialToken or a Sequence");
    }
}

internal sealed class PostProcessorSequence(IReadOnlyList<IPostProcessor> processors) : IPostProcessor
{
    internal IReadOnlyList<IPostProcessor> Processors => processors;

    public List<int> Process(List<int> ids, bool addSpecialTokens)
    {
        foreach (IPostProcessor processor in processors)
        {
            ids = processor.Process(ids, addSpecialTokens);
        }

        return ids;
    }
}

/// <summary>A sequence of special tokens and the text itself.</summary>
/// <param name="parts">The ids of a special token; null for the text.</param>
internal sealed class TemplatePostProcessor(IReadOnlyList<int[]?> parts) : IPostProcessor
{
    internal bool AddsTokens => parts.Any(part => part is not null);

    public List<int> Process(List<int> ids, bool addSpecialTokens)
    {
        var processed = new List<int>(ids.Count + parts.Count);
        foreach (int[]? special in parts)
        {
            if (special is null)
            {
                processed.AddRange(ids);
            }
            else if (addSpecialTokens)
            {
                processed.AddRange(special);
            }
        }

        return processed;
    }
}
