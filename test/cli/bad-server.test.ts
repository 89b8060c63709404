import { expect, test } from 'vitest'
import { type Answer, but, good, json, refuse, serve } from './bad-server.ts'
import { whoReads } from './objects.ts'
import { secure } from './run.ts'

const rbac = /\/rbac\./
const raw =
  (text: string, headers: Record<string, string> = {}, status = 200): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(text)
  }
const cut: Answer = (_, response) => {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('{"kind":', () => response.destroy())
}
/** Answers the first `times` requests so, the others well. */
const first = (times: number, answer: Answer): Answer => {
  let count = 0
  return (...args) => (count++ < times ? answer : good)(...args)
}
const pages =
  (all: Answer): Answer =>
  (request, response, body) => {
    if (request.url?.includes('continue=')) return refuse(410)(request, response, body)
    if (!request.url?.includes('limit=')) return all(request, response, body)
    const kind = /clusterrolebindings/.test(request.url)
      ? 'ClusterRoleBindingList'
      : /clusterroles/.test(request.url)
        ? 'ClusterRoleList'
        : /rolebindings/.test(request.url)
          ? 'RoleBindingList'
          : 'RoleList'
    json(response, { kind, metadata: { continue: 'next' }, items: [] })
  }

// Where all requests fail, any of those under way may be the first.
const failures: Record<string, [Answer, RegExp]> = {
  '401': [refuse(401), /(?:GET|POST) \/\S+: 401 Unauthorized: .*\nThe credentials are missing, wrong or have expired/],
  '404 for all': [refuse(404), /(?:GET|POST) \/\S+: 404 Not Found/],
  '404 for RBAC': [but(rbac, refuse(404)), /GET \/apis\/rbac\S+: 404 Not Found/],
  '429 without end': [
    refuse(429, { 'retry-after': '0' }),
    /(?:GET|POST) \/\S+: 429 Too Many Requests: .*\nThe API server is overloaded/,
  ],
  '500': [but(rbac, refuse(500)), /GET \/apis\/rbac\S+: 500 Internal Server Error/],
  '503': [but(rbac, refuse(503)), /GET \/apis\/rbac\S+: 503 Service Unavailable/],
  'a reset in the middle of a body': [but(rbac, cut), /GET \/apis\/rbac\S+: the answer was cut short after 8 bytes/],
  'broken JSON': [but(rbac, raw('{"kind":"RoleList","items":[')), /GET \/apis\/rbac\S+: the answer is broken JSON/],
  'a web page': [
    raw('<html>log in</html>', { 'content-type': 'text/html' }),
    /(?:GET|POST) \/\S+: the answer is not JSON \(text\/html\)/,
  ],
  'a web page with an error': [raw('<html>', {}, 502), /(?:GET|POST) \/\S+: 502 Bad Gateway: the answer is a web page/],
  'a list of something else': [
    but(rbac, raw('{"kind":"PodList","items":[]}')),
    /GET \/apis\/rbac\S+: the answer is not a \w+List, but a PodList/,
  ],
  'no list at all': [but(rbac, raw('{"items":[]}')), /GET \/apis\/rbac\S+: the answer is not a list/],
  null: [but(rbac, raw('null')), /GET \/apis\/rbac\S+: the answer is not a list/],
  'a list without items': [
    but(rbac, raw('{"kind":"RoleList"}')),
    /GET \/apis\/rbac\S+: the answer (has no list of objects|is not a)/,
  ],
  'a list that expires, again and again': [but(rbac, pages(refuse(410))), /GET \/apis\/rbac\S+: 410 Gone/],
  'a list that goes round in circles': [
    but(/clusterroles\?/, raw('{"kind":"ClusterRoleList","metadata":{"continue":"x"},"items":[]}')),
    /GET \/apis\/rbac\S+: the server's pages never end/,
  ],
  silence: [but(rbac, () => {}), /GET \/apis\/rbac\S+: no answer within the --request-timeout of 1 s/],
  'a redirect': [raw('', { location: 'http://127.0.0.1:1/' }, 302), /(?:GET|POST) \/\S+: 302 Found/],
  'reviews that fail': [but(/rulesreviews/, refuse(500)), /POST \/apis\S+rulesreviews: 500/],
  'a review that is none': [
    but(/\/subjectaccessreviews/, raw('{"kind":"SubjectAccessReview","status":{"allowed":"yes"}}')),
    /POST \/apis\S+\/subjectaccessreviews: the answer is not a SubjectAccessReview/,
  ],
}

test.each(Object.entries(failures))('%s: no answer, and the request that failed', async (name, [answer, says]) => {
  const { url } = await serve(answer)
  const slow = name === 'silence' ? ['--request-timeout', '1s'] : []
  const verify = name === 'a review that is none' ? ['--verify'] : []
  for (const words of [whoReads, ['can', 'user:jane', 'get', 'secrets']]) {
    const { code, stdout, stderr } = await secure([...words, ...verify, '--server', url, ...slow])
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr).toMatch(says)
    expect(stderr).toMatch(/^(Warning: .*\n)?error: /)
    expect(stderr).not.toMatch(/\n +at |this is a bug/)
    expect(stderr).not.toContain('\u001b')
  }
})

const recoveries: Record<string, Answer> = {
  'one 429 with Retry-After': first(1, refuse(429, { 'retry-after': '1' })),
  'one 503 with Retry-After': first(1, refuse(503, { 'retry-after': '0' })),
  'a list that expires once': but(rbac, pages(good)),
}

test.each(Object.entries(recoveries))('%s: the whole answer', async (_, answer) => {
  const { url } = await serve(answer)
  const { code, stdout, stderr } = await secure([...whoReads, '--server', url, '-o', 'name'])
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: 'user:jane\n',
    stderr: expect.not.stringContaining('error') as unknown,
  })
})
