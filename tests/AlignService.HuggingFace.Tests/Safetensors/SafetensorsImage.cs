using System.Buffers.Binary;
using System.Text;

namespace AlignService.HuggingFace.Tests.Safetensors;

/// <summary>Bytes of safetensors files, right and wrong.</summary>
internal static class SafetensorsImage
{
    internal const string Good = """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]}}""";

    internal static byte[] Make(string header, int dataLength, long? claimedLength = null)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] image = new byte[8 + json.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(image, claimedLength ?? json.Length);
        json.CopyTo(image, 8);
        for (int i = 0; i < dataLength; i++)
        {
            image[8 + json.Length + i] = (byte)i;
        }

        return image;
    }
}
