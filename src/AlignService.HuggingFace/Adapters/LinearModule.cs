using AlignService.HuggingFace.Architecture;

namespace AlignService.HuggingFace.Adapters;

/// <summary>A linear layer that an adapter can change.</summary>
/// <param name="Name">As in the checkpoint, without `.weight`.</param>
/// <param name="Path">In the whole causal model, as PEFT names it: like the name, with the prefix that some checkpoints leave out.</param>
/// <param name="Inputs">Width of what it reads.</param>
/// <param name="Outputs">Width of what it writes.</param>
/// <param name="IsHead">It makes the logits.</param>
internal sealed record LinearModule(string Name, string Path, long Inputs, long Outputs, bool IsHead)
{
    /// <summary>All of a model, in the order of the forward pass; a tied head is a layer too.</summary>
    internal static IReadOnlyList<LinearModule> Of(TransformerConfig model)
    {
        IEnumerable<LinearModule> inBlocks = ParameterLayout.Of(model with { Head = HeadKind.None })
            .Where(spec => spec.Kind is ParameterKind.Projection or ParameterKind.ResidualProjection)
            .Select(spec => InBlock(model, spec));
        string head = model.Names.Head;
        return model.Head == HeadKind.None ? [.. inBlocks] : [.. inBlocks, new LinearModule(head, head, model.HiddenSize, model.VocabSize, IsHead: true)];
    }

    private static LinearModule InBlock(TransformerConfig model, ParameterSpec spec)
    {
        string name = spec.Name[..^".weight".Length];
        (long outputs, long inputs) = model.TransposedLinear ? (spec.Shape[1], spec.Shape[0]) : (spec.Shape[0], spec.Shape[1]);
        return new LinearModule(name, model.Names.ModulePath(name), inputs, outputs, IsHead: false);
    }
}
