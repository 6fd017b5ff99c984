using System.Text;
using LLama.Native;

namespace AlignService.HuggingFace.Tests.Gguf;

/// <summary>A GGUF file as llama.cpp understands it: computed in float32 on one thread, with a float32 cache and without flash attention.</summary>
internal sealed class LlamaCpp : IDisposable
{
    private readonly SafeLlamaModelHandle _model;

    static LlamaCpp()
    {
        NativeLibraryConfig.All.WithLogCallback((_, _) => { });
        NativeApi.llama_empty_call(); // the library is found before anything else calls it
    }

    private LlamaCpp(SafeLlamaModelHandle model) => _model = model;

    public int VocabularySize => _model.Vocab.Count;

    public int ContextLength => _model.ContextSize;

    /// <exception cref="Exception">llama.cpp refuses the file.</exception>
    public static LlamaCpp Load(string path)
    {
        LLamaModelParams options = LLamaModelParams.Default();
        options.n_gpu_layers = 0;
        options.check_tensors = true;
        return new LlamaCpp(SafeLlamaModelHandle.LoadFromFile(path, options));
    }

    public int[] Tokenize(string text, bool addSpecialTokens) => [.. _model.Tokenize(text, addSpecialTokens, true, Encoding.UTF8).Select(token => (int)token)];

    public string? Template() => _model.GetTemplate(null, false);

    public bool EndsAt(int token) => ((LLamaToken)token).IsEndOfGeneration(_model.Vocab);

    /// <summary>Logits after every token of a text.</summary>
    public float[][] Logits(IReadOnlyList<int> ids)
    {
        using SafeLLamaContextHandle context = NewContext(ids.Count);
        return Decode(context, ids, first: 0);
    }

    /// <summary>log p(ids[i + 1] | ids[..i]), in nats.</summary>
    public double[] LogProbs(IReadOnlyList<int> ids)
    {
        float[][] logits = Logits(ids);
        return [.. Enumerable.Range(0, ids.Count - 1).Select(i => logits[i][ids[i + 1]] - LogSum(logits[i]))];
    }

    /// <summary>The likeliest continuation.</summary>
    public int[] Greedy(IReadOnlyList<int> prompt, int count)
    {
        using SafeLLamaContextHandle context = NewContext(prompt.Count + count);
        var ids = new List<int>(prompt);
        float[] last = Decode(context, prompt, first: 0)[^1];
        while (true)
        {
            ids.Add(Array.IndexOf(last, last.Max()));
            if (ids.Count == prompt.Count + count)
            {
                return [.. ids.Skip(prompt.Count)];
            }

            last = Decode(context, [ids[^1]], ids.Count - 1)[0];
        }
    }

    public void Dispose() => _model.Dispose();

    private static float[][] Decode(SafeLLamaContextHandle context, IReadOnlyList<int> ids, int first)
    {
        var batch = new LLamaBatch();
        for (int i = 0; i < ids.Count; i++)
        {
            batch.Add(ids[i], first + i, LLamaSeqId.Zero, true);
        }

        DecodeResult result = context.Decode(batch);
        return result == DecodeResult.Ok ? [.. ids.Select((_, i) => context.GetLogitsIth(i).ToArray())] : throw new InvalidOperationException($"llama.cpp: {result}");
    }

    private static double LogSum(float[] logits)
    {
        double largest = logits.Max();
        return largest + Math.Log(logits.Sum(logit => Math.Exp(logit - largest)));
    }

    private SafeLLamaContextHandle NewContext(int length)
    {
        LLamaContextParams options = LLamaContextParams.Default();
        options.n_ctx = options.n_batch = options.n_ubatch = (uint)length;
        options.n_threads = options.n_threads_batch = 1;
        options.type_k = options.type_v = GGMLType.GGML_TYPE_F32;
        options.llama_flash_attn_type = LLamaFlashAttentionType.LLAMA_FLASH_ATTENTION_TYPE_DISABLED;
        options.swa_full = true;
        return SafeLLamaContextHandle.Create(_model, options);
    }
}
