using System.Text;
using Graft.Cli.Commands.Classifying;

namespace Graft.Cli.Tests.Commands;

/// <summary>The folders that <c>predict --sort-into</c> sorts into.</summary>
public sealed class LabelFoldersTests
{
    [Theory]
    [InlineData("a/b\\c:d", "a_b_c_d")]
    [InlineData("..", "_")]
    [InlineData(".hidden", "_.hidden")]
    [InlineData("", "_")]
    [InlineData("rose ", "rose")]
    [InlineData("a. .", "a")]
    [InlineData("nul", "_nul")]
    [InlineData("Com1.jpg", "_Com1.jpg")]
    [InlineData("\uFFFDx", "_x")]
    public void ALabelIsAFolderThatLeadsNowhereElse(string label, string folder) => Assert.Equal(folder, LabelFolders.NameOf(label));

    [Fact]
    public void NoTwoLabelsShareAFolder()
    {
        string[] labels = ["a/b", "a_b", "a:b", "a_b (2)", "Rose", "rose", "", "_", ".", new string('x', 100) + "1", new string('x', 100) + "2"];
        Dictionary<string, string> names = LabelFolders.Of(labels);
        Assert.Equal(labels.Length, names.Values.Distinct(StringComparer.OrdinalIgnoreCase).Count());

        // Whoever is called like its folder has it, and the order of the labels changes nothing.
        Assert.Equal(("a_b", "a_b (3)", "a_b (4)", "a_b (2)", "_"), (names["a_b"], names["a/b"], names["a:b"], names["a_b (2)"], names["_"]));
        Assert.Equal(names, LabelFolders.Of(labels.Reverse()));
    }

    [Fact]
    public void LongNamesAreShortenedByBytes()
    {
        string name = LabelFolders.NameOf(new string('\u82b1', 100)), emoji = LabelFolders.NameOf(string.Concat(Enumerable.Repeat("\U0001F33C", 90)));
        Assert.Equal(new string('\u82b1', 66), name);
        Assert.Equal(200, Encoding.UTF8.GetByteCount(emoji));
        Assert.Equal(100, LabelFolders.NameOf(new string('x', 900_000)).Length);

        // Half of a letter is none.
        Assert.Equal("_x", LabelFolders.NameOf("\ud800x"));
    }
}
