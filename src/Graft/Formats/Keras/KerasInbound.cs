using System.Text.Json;

namespace Graft.Formats.Keras;

/// <summary>What a layer of a functional model takes: values of other layers, and numbers.</summary>
/// <param name="Names">The layers whose values it takes.</param>
/// <param name="Numbers">The numbers that it takes beside them; null where it takes none.</param>
/// <param name="NumbersFirst">Whether they come first.</param>
internal sealed record KerasInbound(List<string> Names, float[]? Numbers, bool NumbersFirst)
{
    private const string Constant = "_CONSTANT_VALUE";

    /// <summary>
    /// Reads it. Keras 2: <c>[[["name", 0, 0, {}], ...]]</c>, and for a function that is called <c>[["name", 0, 0, {"y": 3.0}]]</c>; Keras 3: <c>[{"args": [tensors and numbers], "kwargs": {}}]</c>, a tensor having a
    /// <c>keras_history</c> <c>["name", 0, 0]</c>.
    /// </summary>
    public static KerasInbound Read(JsonPart layer)
    {
        JsonPart[] calls = layer["inbound_nodes"].Items(64);
        if (calls.Length != 1) throw layer.Error($"is called {calls.Length} times; layers that are called once are read.");
        KerasInbound inbound = new([], null, false);
        if (calls[0].Kind == JsonValueKind.Object) return inbound.WithArguments(layer, calls[0]["args"]);
        JsonPart[] parts = calls[0].Items(64);
        if (parts is [{ Kind: JsonValueKind.String }, ..]) return inbound.WithCall(layer, parts);
        foreach (JsonPart part in parts) inbound = inbound.WithCall(layer, part.Items(8));
        return inbound;
    }

    private KerasInbound WithArguments(JsonPart layer, JsonPart arguments)
    {
        KerasInbound inbound = this;
        foreach (JsonPart item in arguments.Items(64))
        {
            inbound = item.Kind switch
            {
                JsonValueKind.Array when !IsNumbers(item) => inbound.WithArguments(layer, item),
                JsonValueKind.Object when item.Find("config") is { Kind: JsonValueKind.Object } config && config.Find("keras_history") is { } history => inbound.WithName(layer, history.Items(8)),
                JsonValueKind.Number or JsonValueKind.Array => inbound.WithNumbers(layer, item),
                JsonValueKind.Null => inbound,
                _ => throw item.Error("is neither a value of a layer nor a number, which is not read."),
            };
        }

        return inbound;
    }

    // ["name", call, output, {"y": what is beside it}], or ["_CONSTANT_VALUE", -1, 3.0, {"y": ["name", 0, 0]}].
    private KerasInbound WithCall(JsonPart layer, JsonPart[] parts)
    {
        if (parts.Length == 0) throw layer["inbound_nodes"].Error("must name a layer.");
        KerasInbound inbound = parts is [{ Kind: JsonValueKind.String }, _, { } constant, ..] && parts[0].String(128) == Constant ? WithNumbers(layer, constant) : WithName(layer, parts);
        if (parts is not [_, _, _, { Kind: JsonValueKind.Object } beside, ..] || beside.FindValue("y") is not { } y) return inbound;
        return y.Kind == JsonValueKind.Array && y.Items(4096) is [{ Kind: JsonValueKind.String }, ..] ? inbound.WithName(layer, y.Items(8)) : inbound.WithNumbers(layer, y);
    }

    private KerasInbound WithName(JsonPart layer, JsonPart[] history)
    {
        if (history.Length == 0) throw layer["inbound_nodes"].Error("must name a layer.");
        if (history.Length > 2 && history[2] is { Kind: JsonValueKind.Number } output && output.Int(0, int.MaxValue) != 0) throw layer.Error("takes another output of a layer than the first one, which is not read.");
        Names.Add(history[0].String(128));
        return this;
    }

    private KerasInbound WithNumbers(JsonPart layer, JsonPart part) =>
        Numbers is null ? this with { Numbers = KerasArithmetic.Numbers(part), NumbersFirst = Names.Count == 0 } : throw layer.Error("takes numbers twice, which is not read.");

    private static bool IsNumbers(JsonPart part) => part.Items(4096) is [{ } first, ..] && (first.Kind == JsonValueKind.Number || (first.Kind == JsonValueKind.Array && IsNumbers(first)));
}
