using System.Collections;
using Spectre.Console;

namespace Graft.Cli.Output;

/// <summary>Names with their values, a line each; values stand under each other.</summary>
internal sealed class Facts : IEnumerable<(string Name, string Value)>
{
    private readonly List<(string Name, string Value)> facts = [];

    /// <summary>Adds a fact; nothing if there is no value.</summary>
    public void Add(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) facts.Add((Printable.Text(name), value));
    }

    public IEnumerator<(string Name, string Value)> GetEnumerator() => facts.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Prints them as a part of the result.</summary>
    public void Show(Terminal terminal)
    {
        int width = facts.Select(fact => fact.Name.GetCellWidth()).DefaultIfEmpty(0).Max() + 2;
        foreach ((string name, string value) in facts) terminal.Print(name + new string(' ', width - name.GetCellWidth()) + value, indent: width);
    }
}
