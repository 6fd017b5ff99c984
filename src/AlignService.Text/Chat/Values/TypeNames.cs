using System.Numerics;

namespace AlignService.Text.Chat.Values;

/// <summary>What to call the type of a value in an error.</summary>
internal static class TypeNames
{
    public static string Of(object value) => value switch
    {
        bool => "truth value",
        BigInteger => "integer",
        double => "float",
        string => "string",
        None => "none",
        Undefined => "undefined value",
        Sequence { Kind: SequenceKind.List } => "list",
        Sequence { Kind: SequenceKind.Tuple } => "tuple",
        Sequence { Kind: SequenceKind.Range } => "range",
        Sequence => "view of a mapping",
        Mapping => "mapping",
        LazySequence => "generator",
        Namespace => "namespace",
        LoopState => "loop",
        _ => "function",
    };
}
