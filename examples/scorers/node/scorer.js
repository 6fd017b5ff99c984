// A scorer for rewards of the kind `http`: node scorer.js PORT [TOKEN]
//
// It needs nothing but Node. The score of a completion is the share of its neighbouring letters that are in alphabetical order.
'use strict';

const http = require('node:http');

const [port, token] = process.argv.slice(2);

function score({ id, completion }) {
  const letters = [...completion].filter(letter => letter >= 'a' && letter <= 'z');
  // No score is an answer too; it is not taken for 0, and not asked for again.
  if (letters.length < 2) return { id, no_score: 'it has fewer than two letters' };
  const inOrder = letters.slice(1).filter((letter, i) => letters[i] <= letter).length;
  return { id, score: inOrder / (letters.length - 1) };
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const server = http.createServer(async (request, response) => {
  if (request.method !== 'POST' || request.url !== '/score') return answer(response, 404, { error: 'POST /score' });
  if (token && request.headers.authorization !== `Bearer ${token}`) return answer(response, 401, { error: 'the token is not right' });
  try {
    let text = '';
    for await (const part of request.setEncoding('utf8')) text += part;
    answer(response, 200, { scores: JSON.parse(text).completions.map(score) });
  } catch (error) {
    answer(response, 400, { error: error.message });
  }
});
server.listen(Number(port), '127.0.0.1', () => console.log('ready'));
