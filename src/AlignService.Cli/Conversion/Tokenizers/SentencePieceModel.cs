using Google.Protobuf;

namespace AlignService.Cli.Conversion.Tokenizers;

/// <summary>What a piece of a SentencePiece vocabulary is for, by its number in the file.</summary>
internal enum PieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A piece; its position in the list is its id.</summary>
internal sealed record SentencePiece(string Text, float Score, PieceKind Kind);

/// <summary>A tokenizer.model of SentencePiece, the parts that encoding depends on. Microsoft.ML.Tokenizers reads the same file but shows neither scores nor kinds.</summary>
internal sealed record SentencePieceModel
{
    public const int BytePair = 2;

    private const uint PiecesTag = 1 << 3 | 2, TrainerTag = 2 << 3 | 2, NormalizerTag = 3 << 3 | 2;
    private static readonly string[] ModelTypes = ["unknown", "Unigram", "BPE", "word", "char"];

    public required IReadOnlyList<SentencePiece> Pieces { get; init; }

    public int ModelType { get; private set; } = 1;

    public string ModelTypeName => ModelType >= 0 && ModelType < ModelTypes.Length ? ModelTypes[ModelType] : ModelTypes[0];

    public bool FallsBackToBytes { get; private set; }

    public bool TreatsWhiteSpaceAsSuffix { get; private set; }

    public bool AddsPrefix { get; private set; } = true;

    public bool RemovesExtraWhiteSpace { get; private set; } = true;

    public bool EscapesWhiteSpace { get; private set; } = true;

    /// <summary>It replaces characters by a table (such as NFKC).</summary>
    public bool ReplacesCharacters { get; private set; }

    /// <exception cref="CheckpointException">It is not such a file.</exception>
    public static SentencePieceModel Parse(byte[] file, string name)
    {
        try
        {
            var pieces = new List<SentencePiece>();
            var model = new SentencePieceModel { Pieces = pieces };
            var input = new CodedInputStream(file);
            while (input.ReadTag() is not 0 and uint tag)
            {
                switch (tag)
                {
                    case PiecesTag: pieces.Add(Piece(input.ReadBytes().CreateCodedInput())); break;
                    case TrainerTag: model.ReadTrainer(input.ReadBytes().CreateCodedInput()); break;
                    case NormalizerTag: model.ReadNormalizer(input.ReadBytes().CreateCodedInput()); break;
                    default: input.SkipLastField(); break;
                }
            }

            return pieces.Count > 0 ? model : throw new CheckpointException($"{name} has no pieces; it is not a SentencePiece model.");
        }
        catch (Exception fault) when (fault is InvalidProtocolBufferException or ArgumentException)
        {
            throw new CheckpointException($"{name} is not a SentencePiece model: {fault.Message}", fault);
        }
    }

    private static SentencePiece Piece(CodedInputStream input)
    {
        var piece = new SentencePiece("", 0, PieceKind.Normal);
        while (input.ReadTag() is not 0 and uint tag)
        {
            switch (tag)
            {
                case 1 << 3 | 2: piece = piece with { Text = input.ReadString() }; break;
                case 2 << 3 | 5: piece = piece with { Score = input.ReadFloat() }; break;
                case 3 << 3: piece = piece with { Kind = (PieceKind)input.ReadEnum() }; break;
                default: input.SkipLastField(); break;
            }
        }

        return piece;
    }

    private void ReadTrainer(CodedInputStream input)
    {
        while (input.ReadTag() is not 0 and uint tag)
        {
            switch (tag)
            {
                case 3 << 3: ModelType = input.ReadEnum(); break;
                case 24 << 3: TreatsWhiteSpaceAsSuffix = input.ReadBool(); break;
                case 35 << 3: FallsBackToBytes = input.ReadBool(); break;
                default: input.SkipLastField(); break;
            }
        }
    }

    private void ReadNormalizer(CodedInputStream input)
    {
        while (input.ReadTag() is not 0 and uint tag)
        {
            switch (tag)
            {
                case 2 << 3 | 2: ReplacesCharacters = input.ReadBytes().Length > 0; break;
                case 3 << 3: AddsPrefix = input.ReadBool(); break;
                case 4 << 3: RemovesExtraWhiteSpace = input.ReadBool(); break;
                case 5 << 3: EscapesWhiteSpace = input.ReadBool(); break;
                default: input.SkipLastField(); break;
            }
        }
    }
}
