using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace AlignService.Specs.Data;

/// <summary>Byte columns are text without a mark that they are (older writers leave it out, and columns of JSON have another): UTF-8, or refused.</summary>
internal sealed class ParquetBytesConverter : JsonConverter<byte[]>
{
    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.ValueSpan.ToArray();

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options)
    {
        if (!Utf8.IsValid(value))
        {
            throw new JsonException($"a column holds {value.Length} bytes that are no UTF-8 text; leave that column out, or write it as text.");
        }

        writer.WriteStringValue(value);
    }
}
