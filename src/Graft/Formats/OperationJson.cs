using System.Text.Json;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Formats;

/// <summary>Operations as JSON: each says itself what its name and fields are. An attribute at its default is not written.</summary>
internal static class OperationJson
{
    /// <summary>Writes the name and the fields into the open object of a node.</summary>
    public static void Write(Utf8JsonWriter writer, Operation operation) => operation.Write(new JsonFieldWriter(writer));

    /// <summary>Reads the operation of a node.</summary>
    public static Operation Read(JsonPart node)
    {
        JsonFieldReader fields = new(node);
        Operation operation = Read(node, fields)
            ?? throw node["op"].Error($"is {WeightFileException.Quote(fields.Name)}, which this version does not know. It knows: {string.Join(", ", OperationRegistry.Names)}. Update Graft.");
        fields.CheckAllAsked();
        return operation;
    }

    // What a record refuses is told with its place.
    private static Operation? Read(JsonPart node, JsonFieldReader fields)
    {
        try
        {
            return OperationRegistry.Read(fields.Name, fields);
        }
        catch (ArgumentException e)
        {
            throw node.Error($"is refused: {JsonPart.Rule(e)}");
        }
    }

    private sealed class JsonFieldWriter(Utf8JsonWriter writer) : FieldWriter
    {
        public override void Name(string operation) => writer.WriteString("op", operation);

        public override void Int(string name, int value) => writer.WriteNumber(name, value);

        public override void Float(string name, float value) => writer.WriteNumber(name, value);

        public override void Flag(string name, bool value) => writer.WriteBoolean(name, value);

        public override void Text(string name, string value) => writer.WriteString(name, value);

        public override void Ints(string name, params ReadOnlySpan<int> values)
        {
            writer.WriteStartArray(name);
            foreach (int value in values) writer.WriteNumberValue(value);
            writer.WriteEndArray();
        }

        public override void Floats(string name, params ReadOnlySpan<float> values)
        {
            writer.WriteStartArray(name);
            foreach (float value in values) writer.WriteNumberValue(value);
            writer.WriteEndArray();
        }
    }

    private sealed class JsonFieldReader(JsonPart node) : FieldReader
    {
        private readonly HashSet<string> asked = ["name", "op", "inputs", "scope"];

        public override string Name { get; } = node["op"].String();

        public override int Int(string name, int least, int most, int? absent = null) =>
            absent is { } otherwise ? Find(name)?.Int(least, most) ?? otherwise : Get(name).Int(least, most);

        public override int? IntOrNull(string name, int least, int most) => Find(name)?.Int(least, most);

        public override float Float(string name, float? absent = null) => absent is { } otherwise ? Find(name)?.Float() ?? otherwise : Get(name).Float();

        public override float? FloatOrNull(string name) => Find(name)?.Float();

        public override bool Flag(string name, bool absent) => Find(name)?.Bool() ?? absent;

        public override string Text(string name) => Get(name).String();

        public override int OneOf(string name, string[] words, int? absent = null)
        {
            if (absent is { } otherwise && Find(name) is null) return otherwise;
            JsonPart part = Get(name);
            int place = Array.IndexOf(words, part.String());
            return place >= 0 ? place : throw part.Error($"must be {string.Join(" or ", words)}, not {WeightFileException.Quote(part.String())}.");
        }

        public override (float Height, float Width)? Pair(string name) => Find(name) switch
        {
            null => null,
            { } pair when pair.Items(2) is [var height, var width] => (height.Float(), width.Float()),
            { } pair => throw pair.Error("must be [height, width]."),
        };

        public override Padding Padding()
        {
            if (Find("padding") is not { } padding) return Tensors.Padding.None;
            if (padding.Kind == JsonValueKind.String)
                return padding.String() == "same" ? Tensors.Padding.Same : throw padding.Error("must be \"same\" or [top, bottom, left, right].");
            int[] amounts = [.. padding.Items(4).Select(amount => amount.Int(0, LargestStep))];
            return amounts.Length == 4
                ? new Padding(false, amounts[0], amounts[1], amounts[2], amounts[3])
                : throw padding.Error("must be \"same\" or [top, bottom, left, right].");
        }

        public override Exception Unknown(string name) => Get(name).Error($"is {WeightFileException.Quote(Get(name).String())}, which this version does not know. Update Graft.");

        /// <summary>An attribute that is not understood may change what the network computes.</summary>
        public void CheckAllAsked()
        {
            foreach ((string name, JsonPart value) in node.Members())
                if (!asked.Contains(name)) throw value.Error("is an attribute that this version does not know. Update Graft.");
        }

        private JsonPart? Find(string name)
        {
            asked.Add(name);
            return node.Find(name);
        }

        private JsonPart Get(string name)
        {
            asked.Add(name);
            return node[name];
        }
    }
}
