using System.Numerics;

namespace AlignService.Text.Chat.Values;

/// <summary>The name of a value's type in errors.</summary>
internal static class TypeNames
{
    public static string Of(object value) => value switch
    {
        bool => "boolean",
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
